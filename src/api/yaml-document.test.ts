import assert from "node:assert/strict";
import { test } from "node:test";
import { splitDocuments } from "./yaml-chunk.ts";
import { readYaml } from "./yaml-document.ts";
import { defaultLimits } from "./yaml-limits.ts";

function read(text: string) {
  return splitDocuments(text).flatMap((chunk) => readYaml(chunk, defaultLimits));
}

const values: readonly [what: string, text: string, values: unknown[]][] = [
  ["nothing", "", []],
  ["comments and blanks", "# a\n\n  # b\n---\n\n---\n# c\n", []],
  ["several documents", "a: 1\n---\nb: 2\n---\n# empty\n---\nc: 3", [{ a: 1 }, { b: 2 }, { c: 3 }]],
  ["content beside the mark", "--- {a: 1}\n--- # note\nb: 2", [{ a: 1 }, { b: 2 }]],
  ["line ends of Windows, and a byte order mark", "\uFEFFa: 1\r\n---\r\nb: 2\r\n", [{ a: 1 }, { b: 2 }]],
  ["directives and end marks", "%YAML 1.2\n---\na: 1\n...\n---\nb: 2\n...\n", [{ a: 1 }, { b: 2 }]],
  [
    "dashes within a line or a block",
    "a: x---y\nb: |\n  ---\n  z\nc: ---d",
    [{ a: "x---y", b: "---\nz\n", c: "---d" }],
  ],
  ["JSON", '{"a": [1, "two", null, true]}', [{ a: [1, "two", null, true] }]],
  ["words that YAML 1.1 took for booleans", "a: yes\nb: off\nc: y\nd: true", [{ a: "yes", b: "off", c: "y", d: true }]],
  ["numbers", "a: 010\nb: 0x10\nc: 1e3\nd: 1_000\ne: 12:30", [{ a: 10, b: 16, c: 1000, d: "1_000", e: "12:30" }]],
  ["no dates", "a: 2026-01-31", [{ a: "2026-01-31" }]],
  ["keys are texts", "80: {a: b}\ntrue: c", [{ 80: { a: "b" }, true: "c" }]],
  ["anchors and merges", "a: &x {p: 1}\nb: {<<: *x, q: 2}\nc: *x", [{ a: { p: 1 }, b: { p: 1, q: 2 }, c: { p: 1 } }]],
];

for (const [what, text, wanted] of values) {
  test(`YAML with ${what}`, () => {
    assert.deepEqual(
      read(text).map(({ value }) => value),
      wanted,
    );
    assert.deepEqual(
      read(text).flatMap(({ faults }) => faults),
      [],
    );
  });
}

test("a key __proto__ is a key like others, and changes no prototype", () => {
  const [document] = read("__proto__: { polluted: true }\nconstructor: 1\n");
  const value = document?.value as Record<string, unknown>;
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(value.polluted, undefined);
});

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]`;

const faults: readonly [what: string, text: string, is: string, line: number, says: RegExp][] = [
  ["an open bracket", "a: 1\nb: [1, 2\nc: 3", "syntax", 3, /flow sequence/i],
  ["an open quote", 'a: "x\n', "syntax", 2, /closing "quote/],
  ["a tab", "a:\n\tb: 1", "syntax", 2, /tab/i],
  ["a wrong indent", "a:\n   b: 1\n  c: 2", "syntax", 3, /same column/],
  ["a tag that means code", '---\n\nx: !!js/function "x"', "syntax", 3, /unresolved tag/i],
  ["a key that is there twice", "a: 1\nb: 2\na: 3", "duplicate key", 3, /^a$/],
  ["a quoted key that is there twice", 'a: 1\n"a": 3', "duplicate key", 2, /^a$/],
  ["an alias of nothing", "a: *b", "syntax", 1, /unresolved alias/i],
  ["a bomb of aliases", bomb, "too much", 1, /alias/],
  ["a node within itself", "a: &a { b: *a }", "too much", 1, /64 levels/],
  ["65 levels", nested(65), "too much", 1, /64 levels/],
  ["half a million brackets", nested(500_000).slice(0, 1_000_000), "too much", 1, /64 levels/],
  ["half a million open brackets", "[".repeat(500_000), "too much", 1, /64 levels/],
  ["a hundred thousand dashes", "- ".repeat(100_000), "too much", 1, /64 levels/],
  ["a hundred thousand values", `a: [${"1, ".repeat(100_001)}1]`, "too much", 1, /more than 100000 lines/],
  ["more than a mebibyte", `a: ${"x".repeat(1 << 20)}`, "too much", 1, /characters long/],
];

for (const [what, text, is, line, says] of faults) {
  test(`YAML with ${what} is refused (${is}), on line ${line}`, () => {
    const [fault, ...others] = read(text).flatMap((document) => document.faults);
    assert.deepEqual(others, []);
    assert.equal(fault?.is, is);
    assert.equal(fault?.line, line);
    assert.match(fault?.says ?? "", says);
  });
}

test("64 levels are fine", () => {
  assert.deepEqual(
    read(nested(64)).flatMap((document) => document.faults),
    [],
  );
});

test("a document that cannot be read leaves its neighbours alone", () => {
  const documents = read("a: 1\n---\nb: [1\n---\nc: 3");
  assert.deepEqual(
    documents.map(({ value }) => value),
    [{ a: 1 }, undefined, { c: 3 }],
  );
});

const text = `# a comment
---
# another
metadata:
  labels: { app.kubernetes.io/name: reviews, app: x }
spec:
  http:
    - match:
        - uri:
            prefix: /a
      timeout: 1s
    -
      route: []
  base: &base
    deep: 1
  copy: *base
  "quoted key": 1
  empty:
`;
const lines: readonly [path: string, line: number, why?: string][] = [
  ["", 4],
  ["metadata", 4],
  ["metadata.labels.app", 5],
  ["metadata.labels.app.kubernetes.io/name", 5, "a key may have dots in it"],
  ["spec", 6],
  ["spec.http", 7],
  ["spec.http[0]", 8],
  ["spec.http[0].match[0].uri.prefix", 10],
  ["spec.http[0].match[0].uri.exact", 9, "a field that is not there is where its map is"],
  ["spec.http[0].timeout", 11],
  ["spec.http[0].timeout.seconds", 11],
  ["spec.http[1].route", 13],
  ["spec.http[7].route", 7],
  ["spec.copy.deep", 15, "through an alias, to where it is written"],
  ["spec.quoted key", 17],
  ["spec.empty", 18],
  ["nothing.of[3].this", 4],
];

for (const [path, line, why] of lines) {
  test(`${path || "the document"} is on line ${line}${why ? `: ${why}` : ""}`, () => {
    const [document] = read(text);
    assert.equal(document?.layout.lineOf(path), line);
  });
}

test("lines count from the start of the file, also after another document was asked about", () => {
  const [one, two] = read("a:\n  b: 1\n---\n\nc: 1\nd: 2\n");
  assert.equal(two?.layout.lineOf("d"), 6);
  assert.equal(one?.layout.lineOf("a.b"), 2);
  assert.equal(two?.layout.lineOf("c"), 5);
});
