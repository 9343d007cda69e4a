import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from "#envoy/gen/envoy/service/discovery/v3/discovery_pb.js";
import { readDeltaRequest, readSotwRequest, writeDeltaRequest, writeSotwRequest } from "./requests.ts";
import { readDeltaResponse, readSotwResponse } from "./responses.ts";
import { deltaHeader, entryOf, sotwHeader, unresolvedEntry } from "./wire-writer.ts";

const resource = { typeUrl: "t", name: "näme", version: "v1", body: Buffer.alloc(300, "x") };
const any = { $typeName: "google.protobuf.Any", typeUrl: "t", value: resource.body };

test("a delta response of ours reads the same by the generated type and by our reader", () => {
  const header = deltaHeader({ version: "12", typeUrl: "t", nonce: "n", removed: ["gone", "too"] });
  const bytes = Buffer.concat([header, entryOf(resource).delta, unresolvedEntry("80/nobody")]);
  const read = fromBinary(DeltaDiscoveryResponseSchema, bytes);
  assert.deepEqual([read.systemVersionInfo, read.typeUrl, read.nonce], ["12", "t", "n"]);
  assert.deepEqual(read.removedResources, ["gone", "too"]);
  assert.deepEqual(
    [read.resources[0]?.name, read.resources[0]?.version, read.resources[0]?.resource],
    ["näme", "v1", any],
  );
  assert.deepEqual([read.resources[1]?.aliases, read.resources[1]?.resource], [["80/nobody"], undefined]);
  assert.deepEqual(readDeltaResponse(bytes), {
    typeUrl: "t",
    version: "12",
    nonce: "n",
    removed: ["gone", "too"],
    resources: [
      { name: "näme", version: "v1", body: resource.body },
      { name: "80/nobody", version: "", body: undefined },
    ],
  });
});

test("a state-of-the-world response of ours reads the same by the generated type and by our reader", () => {
  const bytes = Buffer.concat([sotwHeader({ version: "12", typeUrl: "t", nonce: "n" }), entryOf(resource).sotw]);
  const read = fromBinary(DiscoveryResponseSchema, bytes);
  assert.deepEqual([read.versionInfo, read.typeUrl, read.nonce, read.resources], ["12", "t", "n", [any]]);
  assert.deepEqual(readSotwResponse(bytes), { typeUrl: "t", version: "12", nonce: "n", bodies: [resource.body] });
});

test("a delta request goes through the generated type unchanged", () => {
  const request = {
    typeUrl: "t",
    node: Buffer.from([]),
    subscribe: ["a", "b"],
    unsubscribe: ["c"],
    initialVersions: new Map([["a", "v1"]]),
    nonce: "3",
    refused: { message: "no" },
  };
  const through = toBinary(
    DeltaDiscoveryRequestSchema,
    fromBinary(DeltaDiscoveryRequestSchema, writeDeltaRequest(request)),
  );
  assert.deepEqual(readDeltaRequest(through), request);
});

test("a state-of-the-world request goes through the generated type unchanged", () => {
  const request = { typeUrl: "t", node: undefined, names: ["a"], version: "9", nonce: "3", refused: { message: "no" } };
  const through = toBinary(DiscoveryRequestSchema, fromBinary(DiscoveryRequestSchema, writeSotwRequest(request)));
  assert.deepEqual(readSotwRequest(through), request);
});

const broken: readonly [what: string, bytes: number[]][] = [
  ["a length beyond the end", [0x12, 5, 1]],
  ["a number without an end", [0x08, 0x80]],
  ["a fixed number cut short", [0x0d, 1, 2]],
  ["a group, which nobody sends", [0x0b]],
];

for (const [what, bytes] of broken) {
  test(`${what} is no message`, () => {
    assert.throws(() => readDeltaRequest(Buffer.from(bytes)), RangeError);
  });
}
