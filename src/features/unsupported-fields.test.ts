import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeValue } from "#api/decode.ts";
import { briefly, here } from "../../test/features/shown.ts";
import { checkUnsupported } from "./unsupported-fields.ts";

const route = [{ destination: { host: "reviews" } }];
const tls = (mode: string) => ({
  port: { number: 443, name: "https", protocol: "HTTPS" },
  hosts: ["*"],
  tls: { mode },
});

const rows: readonly [kind: string, spec: object, ...found: string[]][] = [
  ["VirtualService", { hosts: ["reviews"], http: [{ route }] }],
  ["VirtualService", { hosts: ["reviews"], exportTo: ["."], http: [{ route }] }, "exportTo"],
  ["VirtualService", { hosts: ["reviews"], tcp: [{ route }] }, "tcp"],
  ["VirtualService", { hosts: ["reviews"], http: [{ route }, { delegate: { name: "other" } }] }, "http[1].delegate"],
  [
    "VirtualService",
    { hosts: ["reviews"], http: [{ match: [{ statPrefix: "a" }], route }] },
    "http[0].match[0].statPrefix",
  ],
  [
    "VirtualService",
    { hosts: ["reviews"], http: [{ fault: { delay: { exponentialDelay: "1s" } }, route }] },
    "http[0].fault.delay.exponentialDelay",
  ],
  ["DestinationRule", { host: "reviews", trafficPolicy: { loadBalancer: { simple: "RANDOM" } } }],
  [
    "DestinationRule",
    { host: "reviews", subsets: [{ name: "v1", trafficPolicy: { tunnel: { targetHost: "a.b", targetPort: 1 } } }] },
    "subsets[0].trafficPolicy.tunnel",
  ],
  [
    "DestinationRule",
    {
      host: "reviews",
      trafficPolicy: {
        portLevelSettings: [{ port: { number: 80 }, loadBalancer: { localityLbSetting: { enabled: true } } }],
      },
    },
    "trafficPolicy.portLevelSettings[0].loadBalancer.localityLbSetting",
  ],
  ["Gateway", { selector: { istio: "ingressgateway" }, servers: [tls("SIMPLE")] }, "servers[0].tls.mode"],
  ["WorkloadEntry", { address: "10.0.0.1", network: "other" }, "network"],
];

for (const [kind, spec, ...found] of rows) {
  test(`${kind} ${JSON.stringify(spec)}: ${found.join(", ") || "all of it is acted on"}`, () => {
    const value = { apiVersion: "networking.istio.io/v1", kind, metadata: { name: "test" }, spec };
    const { documents, findings } = decodeValue(value, { file: undefined, defaultNamespace: "shop", source: "test" });
    const [decoded] = documents;
    assert.ok(decoded?.is === "object", JSON.stringify(findings));
    assert.deepEqual(
      briefly(checkUnsupported(decoded.object, here)),
      found.map((path) => `STOD0115 ${path}`),
    );
  });
}
