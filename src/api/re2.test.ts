import assert from "node:assert/strict";
import { test } from "node:test";
import { maxRegexLength, regexProblem } from "./re2.ts";

const fine: readonly string[] = [
  "",
  "/api/v[0-9]+/.*",
  "^(?:jason|amy)$",
  "(?i)chrome",
  "(?P<id>[a-z]+)",
  "\\d{1,3}(\\.\\d{1,3}){3}",
  "\\p{Greek}",
  "a{,5}",
  "x".repeat(maxRegexLength),
];

for (const text of fine) {
  test(`RE2 takes ${text.slice(0, 30)}`, () => {
    assert.equal(regexProblem(text), undefined);
  });
}

const refused: readonly [text: string, problem: RegExp][] = [
  ["^/(?=admin)", /no lookahead/],
  ["(?!admin).*", /no lookahead/],
  ["(?<=a)b", /no lookahead or lookbehind/],
  ["(?<!a)b", /no lookahead or lookbehind/],
  ["(a+)\\1", /no backreferences/],
  ["(?>a)b", /no atomic groups/],
  ["a++", /nested repetition/],
  ["(", /missing closing \)/],
  ["[a-z", /missing closing \]/],
  ["*.example.com", /missing argument to repetition/],
  ["a{1001}", /invalid repeat count/],
  ["((a{100}){100}){100}", /invalid repeat count/],
  [`${"(".repeat(1020)}a${")".repeat(1020)}`, /nests too deeply/],
  ["x".repeat(maxRegexLength + 1), /2049 characters long/],
];

for (const [text, problem] of refused) {
  test(`RE2 refuses ${text.slice(0, 30)}: ${problem.source}`, () => {
    assert.match(regexProblem(text) ?? "nothing", problem);
    assert.equal(regexProblem(text), regexProblem(text), "and says so again when asked again");
  });
}
