import assert from "node:assert/strict";
import { test } from "node:test";
import { stableJson } from "#base/stable-json.ts";

const rows: readonly [value: unknown, text: string][] = [
  [{ b: 1, a: { d: 2, c: 3 } }, '{"a":{"c":3,"d":2},"b":1}'],
  [[{ b: 1, a: 2 }, 3], '[{"a":2,"b":1},3]'],
  [{ a: undefined, b: null }, '{"b":null}'],
  [[undefined, 1], "[null,1]"],
  ['a "word"\n', '"a \\"word\\"\\n"'],
  [10n ** 20n, '"100000000000000000000"'],
  [new Uint8Array([255, 0]), '"/wA="'],
  [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  [{ "": 0, "\u{1F600}": true }, '{"":0,"\u{1F600}":true}'],
  [JSON.parse('{"__proto__": 1, "a": 2}'), '{"__proto__":1,"a":2}'],
  [-0.5, "-0.5"],
];
for (const [value, text] of rows) {
  test(`stable JSON ${text}`, () => assert.equal(stableJson(value), text));
}

for (const value of [undefined, () => 1, Symbol("s"), new Map(), new Set(), Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`there is no JSON for ${String(value)}`, () => assert.throws(() => stableJson(value), TypeError));
}
