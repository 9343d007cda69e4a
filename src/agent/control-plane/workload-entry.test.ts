import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "#agent/workload/parse-spec.ts";
import { workloadEntry } from "./workload-entry.ts";

const rows: readonly [kind: string, sidecar: boolean, takesMtls: boolean, why: string][] = [
  ["sidecar", true, true, "its Envoy ends mTLS"],
  ["sidecar", false, false, "no Envoy is there"],
  ["gateway", true, false, "a gateway's listeners take what its Gateway says"],
];

for (const [kind, sidecar, takesMtls, why] of rows) {
  test(`${kind}, sidecar ${sidecar}: ${takesMtls ? "others call it over mTLS" : "nobody assumes mTLS"}: ${why}`, () => {
    const web = { name: "web-0", namespace: "shop", workload: "web", serviceAccount: "web", address: "10.128.0.2" };
    const spec = parseSpec({ ...web, kind, sidecar, command: kind === "gateway" ? undefined : ["true"] });
    const { labels } = workloadEntry(spec, []).metadata;
    assert.equal("security.istio.io/tlsMode" in labels, takesMtls);
  });
}

test("a port whose server speaks first is told, and nothing where none does", () => {
  const stock = {
    name: "stock-0",
    namespace: "shop",
    workload: "stock",
    serviceAccount: "stock",
    address: "10.128.0.3",
  };
  const spec = parseSpec({ ...stock, command: ["true"] });
  assert.deepEqual(workloadEntry(spec, [4000, 4001]).metadata.annotations, { "stod.dev/server-first": "4000,4001" });
  assert.equal(workloadEntry(spec, []).metadata.annotations, undefined);
});
