import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { anyUnpack, StringValueSchema, StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { any, typeUrlOf } from "#envoy/any.ts";
import { duration, fromProto } from "#envoy/duration.ts";
import { encodeResource } from "#envoy/encode.ts";
import { ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { VirtualHostSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";

const one = any(StringValueSchema, { value: "1" });
const two = any(StringValueSchema, { value: "2" });

const sameContent: readonly [what: string, first: () => unknown, second: () => unknown][] = [
  [
    "a map of messages, in whichever order it was filled",
    () => encodeResource(ClusterSchema, { typedExtensionProtocolOptions: { a: one, b: two } }, "x"),
    () => encodeResource(ClusterSchema, { typedExtensionProtocolOptions: { b: two, a: one } }, "x"),
  ],
  [
    "JSON inside metadata",
    () =>
      encodeResource(
        ClusterSchema,
        { metadata: { filterMetadata: { f: { a: [{ c: 1, d: 2 }], b: {} }, e: {} } } },
        "x",
      ),
    () =>
      encodeResource(
        ClusterSchema,
        { metadata: { filterMetadata: { e: {}, f: { b: {}, a: [{ d: 2, c: 1 }] } } } },
        "x",
      ),
  ],
  [
    "a map in a list, in a oneof",
    () => encodeResource(VirtualHostSchema, vhost({ a: {}, b: {} }), "x"),
    () => encodeResource(VirtualHostSchema, vhost({ b: {}, a: {} }), "x"),
  ],
  [
    "a Struct by itself, and one within a Value",
    () => [
      any(StructSchema, struct("a", "b")),
      any(ValueSchema, { kind: { case: "structValue", value: struct("a", "b") } }),
    ],
    () => [
      any(StructSchema, struct("b", "a")),
      any(ValueSchema, { kind: { case: "structValue", value: struct("b", "a") } }),
    ],
  ],
];
for (const [what, first, second] of sameContent) {
  test(`equal content has equal bytes and versions: ${what}`, () => assert.deepEqual(first(), second()));
}

test("a resource keeps what was written, under its name and type", () => {
  const { typeUrl, name, version, body } = encodeResource(
    ClusterSchema,
    {
      name: "c",
      connectTimeout: duration({ ms: 1500 }),
      metadata: { filterMetadata: { b: { y: 1, x: null }, a: {} } },
    },
    "c",
  );
  assert.equal(typeUrl, "type.googleapis.com/envoy.config.cluster.v3.Cluster");
  assert.equal(name, "c");
  assert.match(version, /^[\w-]{16}$/);
  assert.deepEqual(toJson(ClusterSchema, fromBinary(ClusterSchema, body)), {
    name: "c",
    connectTimeout: "1.500s",
    metadata: { filterMetadata: { a: {}, b: { x: null, y: 1 } } },
  });
});

test("other content has another version", () => {
  const version = (name: string) => encodeResource(ClusterSchema, { name }, "x").version;
  assert.notEqual(version("a"), version("b"));
});

test("any packs what unpacks again", () => {
  assert.equal(one.typeUrl, typeUrlOf(StringValueSchema));
  assert.equal(anyUnpack(one, StringValueSchema)?.value, "1");
});

const durations: readonly [ms: number, seconds: bigint, nanos: number, why?: string][] = [
  [0, 0n, 0],
  [25, 0n, 25_000_000],
  [1500, 1n, 500_000_000],
  [0.000001, 0n, 1, "a nanosecond"],
  [-1500, -1n, -500_000_000, "both parts have the sign"],
  [999.9999999, 1n, 0, "nanoseconds never reach a whole second"],
];
for (const [ms, seconds, nanos, why] of durations) {
  test(`${ms} ms is ${seconds} s and ${nanos} ns${why ? `: ${why}` : ""}`, () => {
    const written = duration({ ms });
    // Adding zero makes -0 into 0.
    assert.deepEqual({ seconds: written.seconds, nanos: (written.nanos ?? 0) + 0 }, { seconds, nanos });
    assert.ok(Math.abs(fromProto({ seconds, nanos }).ms - ms) < 1e-6);
  });
}

function vhost(context: Record<string, object>) {
  return {
    routes: [
      {
        metadata: { filterMetadata: {} },
        action: {
          case: "route" as const,
          value: { metadataMatch: { filterMetadata: context as Record<string, Record<string, never>> } },
        },
      },
    ],
  };
}

function struct(...keys: string[]) {
  return {
    fields: Object.fromEntries(keys.map((key) => [key, { kind: { case: "stringValue" as const, value: key } }])),
  };
}
