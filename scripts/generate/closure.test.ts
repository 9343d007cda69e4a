import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import {
  type FieldOptions,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { closure } from "./closure.ts";

test("what roots refer to comes before them, and what nobody refers to does not come", () => {
  assert.deepEqual(
    closure(files(), ["root.proto"]).map((file) => file.name),
    ["used.proto", "root.proto"],
  );
});

test("options that only other tools read are taken out, those of protobuf itself stay", () => {
  const [, root] = closure(files(), ["root.proto"]);
  assert.deepEqual(root?.dependency, ["used.proto"]);
  assert.equal(root?.options, undefined);
  const [annotated, deprecated] = root?.messageType[0]?.field ?? [];
  assert.equal(annotated?.options, undefined);
  assert.equal(deprecated?.options?.deprecated, true);
});

test("a root that no module has is named", () => {
  assert.throws(() => closure(files(), ["lost.proto"]), /lost\.proto is in none of the modules/);
});

function files(): Map<string, FileDescriptorProto> {
  const all = [
    create(FileDescriptorProtoSchema, { name: "used.proto", package: "p", messageType: [{ name: "Used" }] }),
    create(FileDescriptorProtoSchema, { name: "rules.proto", package: "rules" }),
    create(FileDescriptorProtoSchema, {
      name: "root.proto",
      package: "p",
      dependency: ["rules.proto", "used.proto"],
      options: create(FileOptionsSchema, { javaPackage: "p" }),
      messageType: [
        {
          name: "Root",
          field: [
            { name: "a", number: 1, typeName: ".p.Used", options: annotated({}) },
            { name: "b", number: 2, options: annotated({ deprecated: true }) },
          ],
        },
      ],
    }),
  ];
  // Through bytes, as the modules have them.
  const read = all.map((file) => fromBinary(FileDescriptorProtoSchema, toBinary(FileDescriptorProtoSchema, file)));
  return new Map(read.map((file) => [file.name, file]));
}

/** Options with an extension, as validation rules are. */
function annotated(options: { deprecated?: boolean }): FieldOptions {
  const extension = { no: 1071, wireType: WireType.Varint, data: Uint8Array.of(1) };
  return Object.assign(create(FieldOptionsSchema, options), { $unknown: [extension] });
}
