import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { readPlain } from "./yaml-plain.ts";

/** What the whole parser makes of a text: one value, or faults. */
function whole(text: string): { value: unknown; faults: number } {
  const documents = parseAllDocuments(text, { merge: true, stringKeys: true, prettyErrors: false, logLevel: "silent" });
  assert(Array.isArray(documents));
  const faults = documents.reduce((sum, { errors, warnings }) => sum + errors.length + warnings.length, 0);
  return { value: faults > 0 ? undefined : documents[0]?.toJS(), faults: faults + Math.abs(documents.length - 1) };
}

const plain: readonly string[] = [
  "a: 1",
  "---\na: 1\n",
  "--- # note\r\na: 1\r\nb:\r\n  - x\r\n",
  "# note\na:   b   # note\n\n\nc: d#e\n",
  "a:\n- b: 1\n  c: 2\n- b: 3\nd:\n",
  "a:\n  -   b:\n        c: 1\n      d: 2\n  - e\n",
  "a: [1, two, 'three', \"four\", [x], { y: z }]\nb: {}\nc: []\nd: { e: [ ], f: -1 }",
  "a: 0\nb: -12\nc: 1.5\nd: 10.1.2.3\ne: 5xx,reset\nf: 2026-01-31\ng: 1s\nh: 12:30\ni: v1.10",
  "a: yes\nb: no\nc: true\nd: false\ne: on\nf: truely",
  "a: /path(/[a-z]+)?$\nb: ^x\nc: http://a.b/c?d=e&f=g\ne: a, b\nf: a{b}[c]",
  "app.kubernetes.io/name: x\n80: y\n\"a b\": z\n'*': w\ntrue: v",
  "constructor: 1\ntoString: 2\nhasOwnProperty: 3",
];

for (const text of plain) {
  test(`plain: ${JSON.stringify(text)}`, () => {
    const value = readPlain(text);
    assert.notEqual(value, undefined);
    assert.deepEqual(value, whole(text).value);
  });
}

const beyond: readonly string[] = [
  "",
  "# nothing",
  "a",
  "- a",
  "a: &x 1",
  "a: *x",
  "a: !!str 1",
  "a: |\n  b",
  "a: >-\n  b",
  "a: b\n  c",
  'a: "b\n  c"',
  'a: "\\n"',
  "a: 'it''s'",
  "? a\n: b",
  "a: 1\na: 2",
  "a: {b: 1, b: 2}",
  "__proto__: {a: 1}",
  "a: {__proto__: 1}",
  "<<: {a: 1}",
  "a: [1,\n 2]",
  "a: [1, 2",
  "a: [1, 2]]",
  "a: [1,, 2]",
  "a: {b}",
  "a: b: c",
  "a: - b",
  "a:\n\t- b",
  "a: é",
  "a: 010",
  "a: +1",
  "a: 1e3",
  "a: 0x10",
  "a: .inf",
  "a: ~",
  "a: null",
  "a: True",
  "a: 12345678901234567890",
  "a: @b",
  "a: `b`",
  "a: %b",
  "a: b:",
  "a:\n    b: 1\n  c: 2",
  "  a: 1",
  "a: 1\n---\nb: 2",
  "%YAML 1.2\n---\na: 1",
  "a: 1\n...",
  `a: ${"[".repeat(40)}${"]".repeat(40)}`,
];

for (const text of beyond) {
  test(`left to the whole parser: ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.equal(readPlain(text), undefined);
  });
}

/** The same numbers on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const keys = [
  "a:",
  "b:",
  "c: ",
  "a.b/c:",
  '"q":',
  "'*':",
  "1:",
  "- a:",
  "- b: ",
  "-  c:",
  "- ",
  "-",
  "x",
  "#",
  "- - ",
  "? ",
];
const scalars = [
  "",
  "1",
  "x y",
  "'s'",
  '"d"',
  "[1, {a: b}]",
  "{}",
  "{a: [], b: 'c'}",
  "-1",
  "1.50",
  "0.1",
  "- x",
  "a: b",
  "x # y",
  "x #",
  "#z",
  "*",
  "&a",
  "|",
  ">",
  "[",
  "}",
  "yes",
  "null",
  "~",
  "x:",
  "'a' b",
  '"a"b',
  "01",
  "!t x",
  "[a, ]",
  "{a: }",
  "[a b, c:d]",
  "{a: b c}",
  ", x",
  "x, y",
  "-",
  "--",
  "---",
  ".5",
  "1.",
  "=",
  "\\",
  "a'b",
  "[a#b, c #d]",
  "[ a , b ]",
];

test("whatever is taken for plain, the whole parser reads just the same", () => {
  const pick = random(20260131);
  let taken = 0;
  for (let round = 0; round < 20_000; round++) {
    const lines = Array.from({ length: 1 + pick(5) }, () => {
      const indent = " ".repeat(pick(4) === 0 ? pick(5) : 2 * pick(3));
      const entry = `${keys[pick(keys.length)]} ${scalars[pick(scalars.length)]}`;
      return indent + (pick(3) === 0 ? entry.trimEnd() : entry);
    });
    const text = [`k${pick(2)}: ${scalars[pick(4)]}`, ...lines].join(pick(9) === 0 ? "\r\n" : "\n");
    const value = readPlain(text);
    if (value === undefined) continue;
    taken++;
    const { value: wanted, faults } = whole(text);
    assert.equal(faults, 0, text);
    assert.deepEqual(value, wanted, text);
  }
  assert.ok(taken > 200, `only ${taken} of the texts were plain`);
});
