import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { briefly, clusterShown, here, tcpProxyShown, trafficPolicy } from "../../../test/features/shown.ts";
import { loadBalancing } from "./index.ts";

const hash = (settings: JsonObject): JsonObject => ({ consistentHash: settings });

const rows: readonly [loadBalancer: JsonObject, cluster: JsonObject, hashPolicy?: JsonObject, why?: string][] = [
  [{}, { lb_policy: "LEAST_REQUEST" }, undefined, "nothing named: as if it were not there"],
  [{ simple: "UNSPECIFIED" }, { lb_policy: "LEAST_REQUEST" }],
  [{ simple: "LEAST_REQUEST" }, { lb_policy: "LEAST_REQUEST" }],
  [{ simple: "LEAST_CONN" }, { lb_policy: "LEAST_REQUEST" }, undefined, "its name in earlier days"],
  // ROUND_ROBIN is zero to Envoy, which JSON leaves out.
  [{ simple: "ROUND_ROBIN" }, {}],
  [{ simple: "RANDOM" }, { lb_policy: "RANDOM" }],
  [{ simple: "PASSTHROUGH" }, { type: "ORIGINAL_DST", lb_policy: "CLUSTER_PROVIDED" }],
  [hash({ httpHeaderName: "x-user" }), { lb_policy: "RING_HASH" }, { header: { header_name: "x-user" } }],
  [hash({ httpQueryParameterName: "user" }), { lb_policy: "RING_HASH" }, { query_parameter: { name: "user" } }],
  [hash({ useSourceIp: true }), { lb_policy: "RING_HASH" }, { connection_properties: { source_ip: true } }],
  [hash({ useSourceIp: false }), { lb_policy: "RING_HASH" }, undefined, "a key that is switched off is none"],
  [
    hash({ httpCookie: { name: "user" } }),
    { lb_policy: "RING_HASH" },
    { cookie: { name: "user" } },
    "without ttl only callers who bring the cookie are kept together",
  ],
  [
    hash({ httpCookie: { name: "user", ttl: "0s", path: "/shop", attributes: [{ name: "SameSite", value: "Lax" }] } }),
    { lb_policy: "RING_HASH" },
    { cookie: { name: "user", ttl: "0s", path: "/shop", attributes: [{ name: "SameSite", value: "Lax" }] } },
    "a ttl of zero makes a cookie for the session",
  ],
  [
    hash({ useSourceIp: true, minimumRingSize: 2048 }),
    { lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: "2048" } },
    { connection_properties: { source_ip: true } },
    "the older field",
  ],
  [
    hash({ useSourceIp: true, ringHash: { minimumRingSize: 99_999_999 } }),
    { lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: "8388608" } },
    { connection_properties: { source_ip: true } },
    "Envoy takes no more",
  ],
  [
    hash({ useSourceIp: true, maglev: { tableSize: 1009 } }),
    { lb_policy: "MAGLEV", maglev_lb_config: { table_size: "1009" } },
    { connection_properties: { source_ip: true } },
  ],
  [
    hash({ useSourceIp: true, maglev: { tableSize: 1000 } }),
    { lb_policy: "MAGLEV" },
    { connection_properties: { source_ip: true } },
    "no prime: Envoy would refuse the cluster",
  ],
  [
    { simple: "ROUND_ROBIN", warmup: { duration: "60s", aggression: 1.5, minimumPercent: 20 } },
    {
      round_robin_lb_config: {
        slow_start_config: {
          slow_start_window: "60s",
          aggression: { default_value: 1.5, runtime_key: "stod.warmup.aggression" },
          min_weight_percent: { value: 20 },
        },
      },
    },
  ],
  [
    { warmupDurationSecs: "60s" },
    {
      lb_policy: "LEAST_REQUEST",
      least_request_lb_config: { slow_start_config: { slow_start_window: "60s" } },
    },
    undefined,
    "the older field, with the default policy",
  ],
];

for (const [loadBalancer, cluster, hashPolicy, why] of rows) {
  test(`loadBalancer ${JSON.stringify(loadBalancer)}${why ? `: ${why}` : ""}`, async () => {
    const shown = await clusterShown(loadBalancing, { loadBalancer });
    assert.deepEqual(shown, { cluster, http: hashPolicy === undefined ? {} : { hash_policy: [hashPolicy] } });
  });
}

test("a cluster that goes where its caller was going stays so", async () => {
  const shown = await clusterShown(loadBalancing, { loadBalancer: { simple: "RANDOM" } }, { balances: false });
  assert.deepEqual(shown, { cluster: {}, http: {} });
});

const checks: readonly [loadBalancer: JsonObject, ...found: string[]][] = [
  [{ simple: "RANDOM" }],
  [{ simple: "RANDOM", warmup: { duration: "1s" } }, "STOD0305 loadBalancer.warmup"],
  [{ ...hash({ useSourceIp: true }), warmupDurationSecs: "1s" }, "STOD0305 loadBalancer.warmupDurationSecs"],
  [hash({}), "STOD0301 loadBalancer.consistentHash"],
  [hash({ useSourceIp: false }), "STOD0301 loadBalancer.consistentHash"],
  [hash({ httpHeaderName: "x", maglev: { tableSize: 65537 } })],
  [hash({ httpHeaderName: "x", maglev: {} }), "STOD0302 loadBalancer.consistentHash.maglev.tableSize"],
  [hash({ httpHeaderName: "x", maglev: { tableSize: 10 } }), "STOD0302 loadBalancer.consistentHash.maglev.tableSize"],
  [hash({ httpHeaderName: "x", minimumRingSize: 9e6 }), "STOD0303 loadBalancer.consistentHash.minimumRingSize"],
  [
    hash({ httpHeaderName: "x", minimumRingSize: 5, ringHash: { minimumRingSize: 7 } }),
    "STOD0304 loadBalancer.consistentHash.minimumRingSize",
  ],
];

for (const [loadBalancer, ...found] of checks) {
  test(`checking ${JSON.stringify(loadBalancer)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(loadBalancing.check?.(trafficPolicy({ loadBalancer }), here) ?? []), found);
  });
}

const connections: readonly [loadBalancer: JsonObject, proxy: JsonObject][] = [
  [{ simple: "RANDOM" }, {}],
  [hash({ httpHeaderName: "x-user" }), {}],
  [hash({ useSourceIp: true }), { hash_policy: [{ source_ip: {} }] }],
];

for (const [loadBalancer, proxy] of connections) {
  test(`connections that are passed on untouched, with ${JSON.stringify(loadBalancer)}`, async () => {
    assert.deepEqual(await tcpProxyShown({ loadBalancer }), proxy);
  });
}
