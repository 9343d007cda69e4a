import assert from "node:assert/strict";
import { test } from "node:test";
import { remembering } from "#base/remembering.ts";

test("equal questions are answered once, and the oldest answers are forgotten", () => {
  const asked: number[] = [];
  const double = remembering(2, ({ n }: { n: number }) => {
    asked.push(n);
    return { is: 2 * n };
  });
  assert.equal(double({ n: 1 }), double({ n: 1 }));
  assert.deepEqual(double({ n: 2 }), { is: 4 });
  double({ n: 3 });
  double({ n: 2 });
  assert.deepEqual(asked, [1, 2, 3]);
  double({ n: 1 });
  assert.deepEqual(asked, [1, 2, 3, 1]);
});
