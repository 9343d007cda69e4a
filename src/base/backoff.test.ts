import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "#base/backoff.ts";
import { milliseconds, seconds } from "#base/duration.ts";

const rows: readonly [random: number, waits: number[]][] = [
  [0, [50, 100, 200, 400, 500, 500]],
  [0.5, [75, 150, 300, 600, 750, 750]],
  [1, [100, 200, 400, 800, 1000, 1000]],
];
for (const [random, waits] of rows) {
  test(`from 100ms to 1s with a random number of ${random}, it waits ${waits.join(", ")} ms`, () => {
    const wait = backoff(milliseconds(100), seconds(1), () => random);
    assert.deepEqual(
      waits.map(() => wait.next().ms),
      waits,
    );
    wait.reset();
    assert.equal(wait.next().ms, waits[0]);
  });
}
