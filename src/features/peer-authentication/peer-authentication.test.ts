import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { PeerAuthenticationSchema } from "#api/gen/istio/security/v1beta1/peer_authentication_pb.js";
import type { PeerAuthenticationObject } from "#api/objects.ts";
import { nowhere } from "#findings/field-path.ts";
import { mtlsOf } from "./from-peer-authentication.ts";
import { modeAt } from "./modes.ts";

function policy(spec: JsonObject, creationTimestamp?: string, name = "policy"): PeerAuthenticationObject {
  return {
    key: `shop/${name}`,
    kind: "PeerAuthentication",
    apiVersion: "security.istio.io/v1",
    metadata: { name, namespace: "shop", labels: {}, annotations: {}, creationTimestamp, resourceVersion: undefined },
    spec: fromJson(PeerAuthenticationSchema, spec),
    origin: nowhere,
    digest: "",
  };
}

const mode = (mode: string): JsonObject => ({ mtls: { mode } });
const reviews = (spec: JsonObject): JsonObject => ({ selector: { matchLabels: { app: "reviews" } }, ...spec });
const ports = (port: string, mode: string): JsonObject => ({ portLevelMtls: { [port]: { mode } } });
const [old, young] = ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"];

type Row = [
  why: string,
  ofNamespace: PeerAuthenticationObject[],
  ofRoot: PeerAuthenticationObject[],
  at80: string,
  at9080: string,
];

const rows: readonly Row[] = [
  ["nobody said anything", [], [], "PERMISSIVE", "PERMISSIVE"],
  ["the mesh", [], [policy(mode("STRICT"))], "STRICT", "STRICT"],
  ["the namespace before the mesh", [policy(mode("DISABLE"))], [policy(mode("STRICT"))], "DISABLE", "DISABLE"],
  ["UNSET leaves it to the mesh", [policy(mode("UNSET"))], [policy(mode("STRICT"))], "STRICT", "STRICT"],
  [
    "the workload before the namespace",
    [policy(mode("STRICT")), policy(reviews(mode("DISABLE")))],
    [],
    "DISABLE",
    "DISABLE",
  ],
  [
    "another workload's",
    [policy({ selector: { matchLabels: { app: "ratings" } }, ...mode("STRICT") })],
    [],
    "PERMISSIVE",
    "PERMISSIVE",
  ],
  [
    "a selector in the root namespace is not for the mesh",
    [],
    [policy(reviews(mode("STRICT")))],
    "PERMISSIVE",
    "PERMISSIVE",
  ],
  [
    "the port before the workload",
    [policy(reviews({ ...mode("STRICT"), ...ports("80", "DISABLE") }))],
    [],
    "DISABLE",
    "STRICT",
  ],
  [
    "the port alone, the rest from the mesh",
    [policy(reviews(ports("80", "DISABLE")))],
    [policy(mode("STRICT"))],
    "DISABLE",
    "STRICT",
  ],
  [
    "a port that is UNSET is as the workload",
    [policy(reviews({ ...mode("STRICT"), ...ports("80", "UNSET") }))],
    [],
    "STRICT",
    "STRICT",
  ],
  ["of two the older", [policy(mode("DISABLE"), young), policy(mode("STRICT"), old)], [], "STRICT", "STRICT"],
  [
    "of two without an age the first by name",
    [policy(mode("DISABLE"), undefined, "b"), policy(mode("STRICT"), undefined, "a")],
    [],
    "STRICT",
    "STRICT",
  ],
];

for (const [why, ofNamespace, ofRoot, at80, at9080] of rows) {
  test(`${why}: port 80 is ${at80}, 9080 ${at9080}`, () => {
    const mtls = { key: "shop/reviews", ...mtlsOf({ app: "reviews", version: "v1" }, ofNamespace, ofRoot) };
    assert.deepEqual([modeAt(mtls, 80), modeAt(mtls, 9080)], [at80, at9080]);
  });
}
