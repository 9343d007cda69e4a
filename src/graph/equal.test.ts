import assert from "node:assert/strict";
import { test } from "node:test";
import { deepEqual } from "#graph/equal.ts";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

const same = () => 1;

const rows: readonly [what: string, a: unknown, b: unknown, equal: boolean][] = [
  ["numbers", 1, 1, true],
  ["a number and its text", 1, "1", false],
  ["NaN and itself", Number.NaN, Number.NaN, true],
  ["null and undefined", null, undefined, false],
  ["null and an object", null, {}, false],
  ["big integers", 2n ** 70n, 2n ** 70n, true],
  ["a big integer and a number", 1n, 1, false],
  ["nested objects", { a: { b: [1, { c: 2n }] } }, { a: { b: [1, { c: 2n }] } }, true],
  ["objects whose fields come in another order", { a: 1, b: 2 }, { b: 2, a: 1 }, true],
  ["an absent field and an undefined one", { a: undefined }, {}, false],
  ["fields of other names and equal number", { a: undefined }, { b: undefined }, false],
  ["arrays of other lengths", [1], [1, 1], false],
  ["an array and an object like it", [1], { 0: 1 }, false],
  ["bytes", new Uint8Array([1, 2]), new Uint8Array([1, 2]), true],
  ["bytes that differ", new Uint8Array([1, 2]), new Uint8Array([1, 3]), false],
  ["a prefix of bytes", new Uint8Array([1, 2]), new Uint8Array([1]), false],
  ["bytes within a larger buffer", new Uint8Array([0, 1, 2]).subarray(1), new Uint8Array([1, 2]), true],
  ["bytes and other numbers", new Uint8Array([1]), new Uint16Array([1]), false],
  [
    "maps in another order",
    new Map([
      [1, [2]],
      [3, [4]],
    ]),
    new Map([
      [3, [4]],
      [1, [2]],
    ]),
    true,
  ],
  ["maps with another value", new Map([[1, [2]]]), new Map([[1, [3]]]), false],
  ["maps with another key", new Map([[1, undefined]]), new Map([[2, undefined]]), false],
  ["sets of strings", new Set(["a", "b"]), new Set(["b", "a"]), true],
  ["sets of objects", new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }]), true],
  ["sets that only seem alike", new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 1 }, { a: 3 }]), false],
  ["dates", new Date(5), new Date(5), true],
  ["instances of one class", new Point(1), new Point(1), true],
  ["an instance and a plain object", new Point(1), { x: 1 }, false],
  ["one function", same, same, true],
  ["two functions", () => 1, () => 1, false],
];

for (const [what, a, b, equal] of rows) {
  test(`${what}: ${equal ? "equal" : "not equal"}`, () => {
    assert.equal(deepEqual(a, b), equal);
    assert.equal(deepEqual(b, a), equal);
  });
}
