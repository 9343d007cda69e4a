import assert from "node:assert/strict";
import { test } from "node:test";
import { FieldPath, nowhere, type Origin } from "#findings/field-path.ts";
import { finding } from "#findings/finding.ts";
import { printFinding } from "#findings/print.ts";

const slow = finding({
  code: "TEST0001",
  severity: "warning",
  says: (at: { ms: number }) => `it takes ${at.ms} ms`,
  help: ({ ms }) => `Wait for less than ${ms} ms.`,
});

const reviews = { kind: "VirtualService", namespace: "shop", name: "reviews" };
const origin: Origin = {
  file: "mesh/reviews.yaml",
  lineOf: (path) => (path === "spec.http[1].retries" ? 31 : undefined),
};
const field = (from: Origin) => new FieldPath(reviews, from).field("spec").field("http").index(1).field("retries");

const rows: readonly [what: string, at: Parameters<typeof slow>[0]["at"], head: string][] = [
  ["a field of a file", field(origin), "VirtualService shop/reviews  spec.http[1].retries  (mesh/reviews.yaml:31)"],
  [
    "a field whose line is not known",
    field(origin).field("x"),
    "VirtualService shop/reviews  spec.http[1].retries.x  (mesh/reviews.yaml)",
  ],
  ["a field of an object from an API", field(nowhere), "VirtualService shop/reviews  spec.http[1].retries"],
  ["an object as a whole", new FieldPath(reviews, nowhere), "VirtualService shop/reviews"],
  ["a place where no object could be read", { file: "a.yaml", line: 3 }, "(a.yaml:3)"],
];
for (const [what, at, head] of rows) {
  test(`a finding at ${what}`, () => {
    const text = printFinding(slow({ at, ms: 5 }));
    assert.equal(text, `warning TEST0001  ${head}\n  it takes 5 ms.\n  Wait for less than 5 ms.`);
  });
}

test("a code is given once", () => {
  const again = () => finding({ code: "TEST0001", severity: "info", says: () => "it is", help: "Leave it." });
  assert.throws(again, /two kinds of finding have the code TEST0001/);
});

test("names and values of a finding reach no terminal as codes, nor as lines of their own", () => {
  const object = { kind: "Service", namespace: "shop", name: "a\nerror b\u001b[2J" };
  const loud = finding({
    code: "TEST0002",
    severity: "error",
    says: () => "it says \u001b]0;x\u0007",
    help: "Look\u009b2J.",
  });
  assert.equal(
    printFinding(loud({ at: new FieldPath(object, nowhere) })),
    "error TEST0002  Service shop/a\\nerror b\\u001b[2J\n  it says \\u001b]0;x\\u0007.\n  Look\\u009b2J.",
  );
});
