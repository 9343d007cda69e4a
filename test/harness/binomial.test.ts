import assert from "node:assert/strict";
import { test } from "node:test";
import { isBelievable } from "./binomial.ts";

const rows: readonly [count: number, tries: number, probability: number, believable: boolean][] = [
  [60, 600, 0.1, true],
  [30, 600, 0.1, true],
  [26, 600, 0.1, false],
  [99, 600, 0.1, true],
  [103, 600, 0.1, false],
  [0, 600, 0.1, false],
  [19, 20, 0.5, true],
  [20, 20, 0.5, true],
  [21, 21, 0.5, false],
];

for (const [count, tries, probability, believable] of rows) {
  test(`${count} of ${tries} is ${believable ? "" : "not "}believable for a share of ${probability}`, () => {
    assert.equal(isBelievable(count, tries, probability), believable);
  });
}
