import assert from "node:assert/strict";
import { test } from "node:test";
import { compareText, sortedBy } from "#base/order.ts";

const rows: readonly [a: string, b: string, order: number, why?: string][] = [
  ["a", "b", -1],
  ["b", "a", 1],
  ["a", "a", 0],
  ["", "a", -1],
  ["a", "aa", -1],
  ["Z", "a", -1, "capitals come first, in every language"],
  ["v10", "v2", -1, "numbers are text"],
];
for (const [a, b, order, why] of rows) {
  test(`"${a}" to "${b}" is ${order}${why ? `: ${why}` : ""}`, () => assert.equal(compareText(a, b), order));
}

test("sortedBy leaves its input and the order of equals alone", () => {
  const items = ["b1", "a2", "b0", "a1"];
  assert.deepEqual(
    sortedBy(items, (item) => item[0] as string),
    ["a2", "a1", "b1", "b0"],
  );
  assert.deepEqual(items, ["b1", "a2", "b0", "a1"]);
});
