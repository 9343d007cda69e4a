import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "@bufbuild/cel";
import { create, type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { MeshConfigSchema } from "#api/gen/istio/mesh/v1alpha1/config_pb.js";
import { VirtualServiceSchema } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { AuthorizationPolicySchema } from "#api/gen/istio/security/v1beta1/authorization_policy_pb.js";
import { TelemetrySchema } from "#api/gen/istio/telemetry/v1alpha1/telemetry_pb.js";
import type { Service } from "#api/gen/kubernetes.d.ts";
import { rules } from "#api/gen/rules.js";
import { type SchemaKind, validators } from "#api/gen/validators.js";
import { ConfigDumpSchema } from "#envoy/gen/envoy/admin/v3/config_dump_pb.js";
import { BootstrapSchema } from "#envoy/gen/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import { ConfigSchema as StatsLogSchema } from "#envoy/gen/envoy/extensions/access_loggers/stats/v3/stats_pb.js";
import { SecretSchema } from "#envoy/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { DeltaDiscoveryRequestSchema } from "#envoy/gen/envoy/service/discovery/v3/discovery_pb.js";
import { files } from "#envoy/gen/files.js";
import { StatusSchema } from "#envoy/gen/google/rpc/status_pb.js";
import { IstioCertificateRequestSchema } from "#envoy/gen/security/v1alpha1/ca_pb.js";
import { MatcherSchema } from "#envoy/gen/xds/type/matcher/v3/matcher_pb.js";

/** One sample of each family of messages, in protobuf's own JSON. */
const samples: readonly [schema: DescMessage, json: JsonValue][] = [
  [BootstrapSchema, { node: { id: "a" }, admin: { address: { pipe: { path: "admin.sock" } } } }],
  [ClusterSchema, { name: "c", type: "EDS", connectTimeout: "0.250s", perConnectionBufferLimitBytes: 32768 }],
  [ListenerSchema, { name: "l", address: { socketAddress: { address: "::", portValue: 80 } }, useOriginalDst: true }],
  [RouteConfigurationSchema, { name: "80", virtualHosts: [{ name: "a", routes: [{ match: { prefix: "/" } }] }] }],
  [SecretSchema, { name: "default", tlsCertificate: { privateKey: { inlineBytes: "AAE=" } } }],
  [DeltaDiscoveryRequestSchema, { initialResourceVersions: { a: "1" }, resourceNamesSubscribe: ["*"] }],
  [StatsLogSchema, { statPrefix: "istio" }],
  [ConfigDumpSchema, {}],
  [MatcherSchema, { onNoMatch: { keepMatching: true } }],
  [StatusSchema, { code: 3, message: "no" }],
  [IstioCertificateRequestSchema, { csr: "PEM", validityDuration: "3600" }],
  [VirtualServiceSchema, { hosts: ["a"], http: [{ timeout: "1s", retries: { attempts: 2 } }] }],
  [AuthorizationPolicySchema, { action: "DENY", rules: [{}] }],
  [TelemetrySchema, { tracing: [{ randomSamplingPercentage: 1.5 }] }],
  [MeshConfigSchema, { outboundTrafficPolicy: { mode: "ALLOW_ANY" } }],
];
for (const [schema, json] of samples) {
  test(`${schema.typeName} survives the way through bytes`, () => {
    const message = fromJson(schema, json);
    assert.deepEqual(toJson(schema, fromBinary(schema, toBinary(schema, message))), json);
    assert.deepEqual(create(schema, message), message);
  });
}

test("every file of Envoy's loads together, each once", () => {
  assert.equal(new Set(files.map((file) => file.name)).size, files.length);
});

const service = { apiVersion: "v1", kind: "Service", metadata: { name: "a" } } satisfies Service;
const istio = (kind: string, spec: object, group = "networking") => ({
  apiVersion: `${group}.istio.io/v1`,
  kind,
  metadata: { name: "a" },
  spec,
});

const objects: readonly [what: string, kind: SchemaKind, object: object, wrong?: string[]][] = [
  ["a Service", "Service", { ...service, spec: { ports: [{ port: 80, targetPort: "http" }] } }],
  ["port 0", "Service", { ...service, spec: { ports: [{ port: 0 }] } }, ["/spec/ports/0/port"]],
  ["metadata as kubectl prints it", "Secret", { ...service, kind: "Secret", metadata: { creationTimestamp: null } }],
  ["another kind", "Service", { ...service, kind: "Secret" }, ["/kind"]],
  ["a status of any shape", "Service", { ...service, status: { loadBalancer: { x: 1 } } }],
  ["a VirtualService", "VirtualService", istio("VirtualService", { hosts: ["a"] })],
  [
    "two unknown fields: both are told",
    "VirtualService",
    istio("VirtualService", { hots: ["a"], http: [{ rout: [] }] }),
    ["/spec", "/spec/http/0"],
  ],
  ["an inherited field", "Gateway", istio("Gateway", JSON.parse('{"__proto__": {}}')), ["/spec"]],
  [
    "a mode that is none",
    "PeerAuthentication",
    istio("PeerAuthentication", { mtls: { mode: "ON" } }, "security"),
    ["/spec/mtls/mode"],
  ],
  [
    "a patch of any shape",
    "EnvoyFilter",
    {
      ...istio("EnvoyFilter", { configPatches: [{ patch: { value: { a: 1 } } }] }),
      apiVersion: "networking.istio.io/v1alpha3",
    },
  ],
];
for (const [what, kind, object, wrong = []] of objects) {
  test(`${what} is ${wrong.length === 0 ? "taken" : "refused"}`, () => {
    assert.equal(validators[kind](object), wrong.length === 0);
    assert.deepEqual(
      (validators[kind].errors ?? []).map((error) => error.instancePath),
      wrong,
    );
  });
}

test("every rule is CEL, and says what it asks for", () => {
  for (const { rule, message } of Object.values(rules).flat()) {
    assert.doesNotThrow(() => parse(rule), rule);
    assert.notEqual(message, "");
  }
});

test("rules of a kind name their place", () => {
  assert.ok(rules.VirtualService.some(({ path }) => path.join(".") === "spec.http.*.timeout"));
});
