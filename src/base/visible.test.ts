import assert from "node:assert/strict";
import { test } from "node:test";
import { visible, visibleInColour, visibleLine } from "#base/visible.ts";

const rows: readonly [text: string, shown: string, why: string][] = [
  ["reviews", "reviews", "most text is as it is"],
  ["größer, 評価", "größer, 評価", "also in other letters"],
  ["a\u001b]0;title\u0007b", "a\\u001b]0;title\\u0007b", "nobody sets the terminal's title"],
  ["a\u009b2Jb", "a\\u009b2Jb", "there are escapes of one character, too"],
  ["done\rerror", "done\\u000derror", "nothing is written over"],
  ["a\u202etxt.exe", "a\\u202etxt.exe", "nothing reads backwards"],
  ["a\n\tb", "a\n\tb", "lines and tabs stay"],
];

for (const [text, shown, why] of rows) {
  test(`${JSON.stringify(text)}: ${why}`, () => assert.equal(visible(text), shown));
}

test("on one line, ends of lines are spelled out", () =>
  assert.equal(visibleLine("a\nb\tc\u0000"), "a\\nb\\tc\\u0000"));

test("in colour, only colours are left", () => {
  assert.equal(visibleInColour("\u001b[1;31mred\u001b[0m\u001b[2J"), "\u001b[1;31mred\u001b[0m\\u001b[2J");
});
