import assert from "node:assert/strict";
import { test } from "node:test";
import { readJson } from "#base/read-json.ts";

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

const good: readonly [text: string, why: string][] = [
  ['{"a": [1, "x", null]}', "values are read"],
  [nested(128), "128 levels are taken"],
  [`[${Array(1000).fill("[[]]").join()}]`, "many values beside each other are not deep"],
  [JSON.stringify({ text: nested(1000) }), "brackets in a text nest nothing"],
  [`{"a\\"${"[".repeat(200)}": "\\\\", "b": []}`, "escaped quotes do not end a text"],
];

for (const [text, why] of good) {
  test(`${text.slice(0, 40)}: ${why}`, () => assert.deepEqual(readJson(Buffer.from(text)), JSON.parse(text)));
}

const bad: readonly [text: string, says: RegExp, why: string][] = [
  [nested(129), /nested deeper than 128 levels/, "129 levels are not"],
  ['{"a":'.repeat(5_000_000), /nested deeper/, "found before all of it is read"],
  [`{"x": "\\\\", "y": ${nested(200)}}`, /nested deeper/, "a text that ends with a backslash ends"],
  ['{"a": "', /Unterminated string/, "a text without an end"],
  ["", /Unexpected end/, "nothing is no value"],
];

for (const [text, says, why] of bad) {
  test(`${text.slice(0, 40)} is refused: ${why}`, () => assert.throws(() => readJson(Buffer.from(text)), says));
}
