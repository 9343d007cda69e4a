import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { MeshConfigSchema } from "#api/gen/istio/mesh/v1alpha1/config_pb.js";
import { envoyRegistry } from "#envoy/json.ts";
import { type LookedAtKind, namesOnly, notActedOn } from "#features/not-acted-on.ts";
import { covers, hasField, isKnown, leavesOf, messageHasField } from "./schema-fields.ts";
import { gatherTags, objectField, type Tag } from "./tags.ts";

const root = join(import.meta.dirname, "../..");
const { reads, writes } = gatherTags(root);
const registry = await envoyRegistry();

/** Another spelling of a field that is in the schema for itself. */
const otherSpellings = ["spec.http[].mirror_percent"];

function exists(tag: Tag): boolean {
  if (tag.field.startsWith("envoy.")) return isKnown(registry, tag.field);
  const { kind, path } = objectField(tag);
  return kind === "MeshConfig" ? messageHasField(MeshConfigSchema, path) : hasField(root, kind, path);
}

test("there are tags at all", () => {
  assert.ok(reads.length > 30 && writes.length > 20);
});

test("every field that a tag names is in the schemas", () => {
  const unknown = [...reads, ...writes].filter((tag) => !exists(tag)).map(({ field, folder }) => `${folder}: ${field}`);
  assert.deepEqual(unknown, []);
});

for (const kind of Object.keys(notActedOn) as LookedAtKind[]) {
  const listed = [...Object.keys(notActedOn[kind]), ...namesOnly[kind]].map((path) => `spec.${path}`);

  test(`${kind}: what is listed as not acted on is in the schema`, () => {
    assert.deepEqual(
      listed.filter((path) => !hasField(root, kind, path)),
      [],
    );
  });

  test(`${kind}: a field is acted on, or users are told that it is not`, () => {
    const acted = reads.map(objectField).filter((tag) => tag.kind === kind);
    const silent = leavesOf(root, kind)
      .filter((leaf) => !otherSpellings.includes(leaf))
      .filter((leaf) => !listed.some((path) => covers(path, leaf)) && !acted.some(({ path }) => covers(path, leaf)));
    assert.deepEqual(silent, []);
  });
}
