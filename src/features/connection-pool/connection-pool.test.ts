import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import type { ClusterTarget } from "#features/cluster-feature.ts";
import { briefly, clusterShown, here, tcpProxyShown, trafficPolicy } from "../../../test/features/shown.ts";
import { connectionPool } from "./index.ts";

const open = 4_294_967_295;
const thresholds = (own: JsonObject = {}): JsonObject => ({
  circuit_breakers: {
    thresholds: [{ max_connections: open, max_pending_requests: open, max_requests: open, max_retries: open, ...own }],
  },
});
const pool = (settings: JsonObject): JsonObject => ({ connectionPool: settings });
const always2 = (options: JsonObject = {}): JsonObject => ({
  explicit_http_config: { http2_protocol_options: options },
});
const asCaller = (options: JsonObject = {}): JsonObject => ({
  use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: options },
});

type Row = [
  policy: JsonObject,
  cluster: JsonObject,
  http: JsonObject,
  carries?: ClusterTarget["carries"],
  why?: string,
];

const rows: readonly Row[] = [
  [pool({}), thresholds(), {}],
  [pool({ tcp: { maxConnections: 7 } }), thresholds({ max_connections: 7 }), {}],
  [pool({ tcp: { maxConnections: 0 } }), thresholds(), {}, "h1", "zero is not said"],
  [pool({ tcp: { maxConnections: -1 } }), thresholds(), {}, "h1", "a limit below zero is none"],
  [pool({ http: { http1MaxPendingRequests: 1 } }), thresholds({ max_pending_requests: 1 }), {}],
  [pool({ http: { http2MaxRequests: 2, maxRetries: 4 } }), thresholds({ max_requests: 2, max_retries: 4 }), {}],
  [pool({ tcp: { connectTimeout: "0.030s" } }), { ...thresholds(), connect_timeout: "0.030s" }, {}],
  [
    pool({ tcp: { tcpKeepalive: { probes: 3, time: "7200s", interval: "75s" } } }),
    {
      ...thresholds(),
      upstream_connection_options: {
        tcp_keepalive: { keepalive_probes: 3, keepalive_time: 7200, keepalive_interval: 75 },
      },
    },
    {},
  ],
  [
    pool({ tcp: { tcpKeepalive: {} } }),
    { ...thresholds(), upstream_connection_options: { tcp_keepalive: {} } },
    {},
    "h1",
    "keepalive as the operating system does it",
  ],
  [
    pool({ tcp: { maxConnectionDuration: "60s", idleTimeout: "30s" } }),
    thresholds(),
    { common_http_protocol_options: { idle_timeout: "30s", max_connection_duration: "60s" } },
  ],
  [
    pool({ tcp: { idleTimeout: "30s" }, http: { idleTimeout: "10s", maxRequestsPerConnection: 1 } }),
    thresholds(),
    { common_http_protocol_options: { idle_timeout: "10s", max_requests_per_connection: 1 } },
    "h1",
    "what is said for HTTP counts before what is said for TCP",
  ],
  [pool({ http: { h2UpgradePolicy: "UPGRADE" } }), thresholds(), always2()],
  [pool({ http: { h2UpgradePolicy: "DO_NOT_UPGRADE" } }), thresholds(), {}, "h1", "as without it"],
  [pool({ http: { useClientProtocol: true } }), thresholds(), asCaller(), "h2"],
  [
    pool({ http: { useClientProtocol: true, h2UpgradePolicy: "UPGRADE" } }),
    thresholds(),
    asCaller(),
    "h1",
    "the caller's protocol counts",
  ],
  [pool({ http: { maxConcurrentStreams: 9 } }), thresholds(), asCaller({ max_concurrent_streams: 9 }), "h1"],
  [pool({ http: { maxConcurrentStreams: 9 } }), thresholds(), always2({ max_concurrent_streams: 9 }), "h2"],
  [
    { retryBudget: {} },
    thresholds({ retry_budget: { budget_percent: { value: 20 }, min_retry_concurrency: 3 } }),
    {},
    "h1",
    "as documented where it says nothing",
  ],
  [
    { retryBudget: { percent: 10, minRetryConcurrency: 5 }, connectionPool: { http: { maxRetries: 8 } } },
    thresholds({ max_retries: 8, retry_budget: { budget_percent: { value: 10 }, min_retry_concurrency: 5 } }),
    {},
  ],
];

for (const [policy, cluster, http, carries = "h1", why] of rows) {
  test(`${JSON.stringify(policy)} towards ${carries}${why ? `: ${why}` : ""}`, async () => {
    assert.deepEqual(await clusterShown(connectionPool, policy, { carries }), { cluster, http });
  });
}

test("nothing said is nothing written", async () => {
  assert.equal(await clusterShown(connectionPool, {}), undefined);
});

const checks: readonly [settings: JsonObject, ...found: string[]][] = [
  [{ http: { useClientProtocol: true } }],
  [{ http: { useClientProtocol: true, h2UpgradePolicy: "UPGRADE" } }, "STOD0312 connectionPool.http.h2UpgradePolicy"],
  [{ tcp: { maxConnections: -5 } }, "STOD0311 connectionPool.tcp.maxConnections"],
  [{ http: { maxRetries: -1 } }, "STOD0311 connectionPool.http.maxRetries"],
];

for (const [settings, ...found] of checks) {
  test(`checking ${JSON.stringify(settings)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(connectionPool.check?.(trafficPolicy(pool(settings)), here) ?? []), found);
  });
}

const connections: readonly [tcp: JsonObject, proxy: JsonObject][] = [
  [{}, {}],
  [{ maxConnections: 5 }, {}],
  [{ idleTimeout: "0s" }, { idle_timeout: "0s" }],
  [
    { idleTimeout: "5s", maxConnectionDuration: "60s" },
    { idle_timeout: "5s", max_downstream_connection_duration: "60s" },
  ],
];

for (const [tcp, proxy] of connections) {
  test(`connections that are passed on untouched, with ${JSON.stringify(tcp)}`, async () => {
    assert.deepEqual(await tcpProxyShown(pool({ tcp })), proxy);
  });
}
