import assert from "node:assert/strict";
import { test } from "node:test";
import { IdSet } from "./id-set.ts";

const of = (...ids: number[]) => {
  const set = new IdSet();
  for (const id of ids) set.add(id);
  return set;
};

test("ids come out once each and in order, those at the edges of a word too", () => {
  assert.deepEqual([...of(31, 0, 64, 32, 31, 1000)], [0, 31, 32, 64, 1000]);
});

const sums: readonly [what: string, result: () => IdSet, ids: number[]][] = [
  ["both", () => of(1, 40, 70).and(of(40, 200)), [40]],
  ["taking away a longer set", () => without(of(1, 40), of(40, 900)), [1]],
  ["taking away a shorter set", () => without(of(1, 40, 900), of(1)), [40, 900]],
  ["what is in it alone", () => of(1, 40, 900).without(of(40, 2000)), [1, 900]],
  ["handing its ids over", () => of(3, 77).take(), [3, 77]],
  ["adding a longer set", () => together(of(1), of(1, 900)), [1, 900]],
  ["adding nothing", () => together(of(1), of()), [1]],
];

for (const [what, result, ids] of sums) {
  test(`${what} leaves ${ids}, and its size is ${ids.length}`, () => {
    assert.deepEqual([...result()], ids);
    assert.equal(result().size, ids.length);
    assert.ok(result().equals(of(...ids)));
  });
}

test("a set that lost its ids is empty, and equal to one that never had any", () => {
  const set = of(3, 77);
  assert.deepEqual([set.delete(3), set.delete(3), set.delete(77)], [true, false, true]);
  assert.ok(set.empty && set.equals(of()));
});

const inside: readonly [set: IdSet, others: IdSet, within: boolean][] = [
  [of(1, 40), of(1, 2, 40), true],
  [of(1, 900), of(1, 2, 40), false],
  [of(), of(), true],
  [of(1, 2), of(1), false],
];

for (const [set, others, within] of inside) {
  test(`${[...set]} is ${within ? "" : "not "}within ${[...others]}`, () => assert.equal(set.within(others), within));
}

test("a set that handed its ids over is empty, and takes new ones without a trace in the other", () => {
  const set = of(3, 77);
  const taken = set.take();
  set.add(5);
  assert.deepEqual([[...set], [...taken]], [[5], [3, 77]]);
});

function without(set: IdSet, others: IdSet): IdSet {
  set.deleteAll(others);
  return set;
}

function together(set: IdSet, others: IdSet): IdSet {
  set.addAll(others);
  return set;
}
