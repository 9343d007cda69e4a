import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { bootstrap, bootstrapJson } from "#agent/proxy/bootstrap.ts";
import { nodeOf } from "#agent/proxy/node.ts";
import { parseSpec } from "#agent/workload/parse-spec.ts";
import { findEnvoy } from "#host/envoy-binary.ts";

const reviews = {
  name: "reviews-v1-0",
  namespace: "shop",
  workload: "reviews-v1",
  service: "reviews",
  serviceAccount: "bookworm",
  address: "10.128.0.7",
  labels: { app: "reviews", version: "v1" },
  command: ["node", "main.ts"],
  locality: { region: "eu", zone: "eu-1", subzone: "rack-2" },
};

const rows: readonly [says: string, fields: object][] = [
  ["a sidecar", {}],
  ["a sidecar whose application has a readiness path", { readiness: { http: "/healthz", port: 9080 } }],
  [
    "a sidecar that nothing is captured for",
    { explicit: 7, address: "127.129.0.7", readiness: { http: "/", port: 80 } },
  ],
  ["a gateway", { kind: "gateway", command: undefined }],
];

for (const [says, fields] of rows) {
  test(`the bootstrap of ${says} is taken by Envoy without a warning`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "stod-bootstrap-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "bootstrap.json");
    writeFileSync(path, bootstrapJson(bootstrap(parseSpec({ ...reviews, ...fields }), "0.1.0")));
    const { path: envoy } = await findEnvoy();
    const flags = ["--mode", "validate", "--config-path", path, "--log-level", "warning"];
    const { stdout, stderr } = await promisify(execFile)(envoy, flags, { cwd: directory });
    assert.match(stdout + stderr, /OK\s*$/);
    assert.doesNotMatch(stdout + stderr, /\[(warning|error|critical)\]/);
  });
}

test("a proxy says who it is in Istio's words", () => {
  const { id, cluster, locality, metadata } = nodeOf(parseSpec(reviews), "0.1.0");
  assert.equal(id, "sidecar~10.128.0.7~reviews-v1-0.shop~shop.svc.cluster.local");
  assert.equal(cluster, "reviews-v1.shop");
  assert.equal(locality?.subZone, "rack-2");
  assert.deepEqual(metadata, {
    NAME: "reviews-v1-0",
    NAMESPACE: "shop",
    SERVICE_ACCOUNT: "bookworm",
    WORKLOAD_NAME: "reviews-v1",
    LABELS: { app: "reviews", version: "v1" },
    INSTANCE_IPS: "10.128.0.7",
    STOD_VERSION: "0.1.0",
    VHDS: "true",
  });
});

test("where nothing is captured, it says so, marks nothing and stays on its addresses", () => {
  const spec = parseSpec({ ...reviews, explicit: 7, address: "127.129.0.7", readiness: { http: "/", port: 80 } });
  const { CAPTURE, EXPLICIT_INDEX } = nodeOf(spec, "0.1.0").metadata ?? {};
  assert.deepEqual([CAPTURE, EXPLICIT_INDEX], ["explicit", "7"]);
  const json = bootstrapJson(bootstrap(spec, "0.1.0"));
  assert.doesNotMatch(json, /socketOptions|0\.0\.0\.0/);
  assert.match(json, /"127\.128\.0\.7"/);
});

test("a gateway is a router", () => {
  assert.match(nodeOf(parseSpec({ ...reviews, kind: "gateway" }), "0.1.0").id, /^router~/);
});
