import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesOf, type Schema, toJsonSchema } from "./json-schema.ts";

const rows: readonly [what: string, published: Schema, ours: Schema][] = [
  [
    "a field that nobody declared is an error",
    { type: "object", properties: { a: { type: "string" } } },
    { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
  ],
  [
    "an object that declares no field takes none",
    { type: "object", nullable: true },
    { type: "object", nullable: true, additionalProperties: false },
  ],
  [
    "an object that keeps unknown fields may hold anything",
    { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    { type: "object" },
  ],
  [
    "the values of a map are looked into",
    { type: "object", additionalProperties: { type: "object", properties: {} } },
    { type: "object", additionalProperties: { type: "object", properties: {}, additionalProperties: false } },
  ],
  [
    "a port by number or name",
    { "x-kubernetes-int-or-string": true },
    { anyOf: [{ type: "integer" }, { type: "string" }] },
  ],
  [
    "an int32 has its limits, where the schema sets none that are narrower",
    { type: "integer", format: "int32", minimum: 0 },
    { type: "integer", minimum: 0, maximum: 2147483647 },
  ],
  ["words for people are left out", { type: "string", description: "A word.", default: "x" }, { type: "string" }],
];
for (const [what, published, ours] of rows) {
  test(what, () => assert.deepEqual(toJsonSchema(published), ours));
}

test("rules are found in fields, items and values, with the path to each", () => {
  const rule = (message: string) => ({ "x-kubernetes-validations": [{ rule: "true", message }] });
  const found = rulesOf({
    ...rule("root"),
    properties: { list: { items: rule("item") }, map: { additionalProperties: rule("value") } },
  });
  assert.deepEqual(found, [
    { path: [], rule: "true", message: "root" },
    { path: ["list", "*"], rule: "true", message: "item" },
    { path: ["map", "*"], rule: "true", message: "value" },
  ]);
});
