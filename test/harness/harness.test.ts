import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findEnvoy } from "#host/envoy-binary.ts";
import { throwAwayCertificates } from "./certificates.ts";
import type { JsonObject } from "./json.ts";
import { onLoopback } from "./loopback.ts";
import type { ProxyConfig } from "./proxy-config.ts";
import { startEnvoy, validate } from "./real-envoy.ts";
import { sendHttp, sendTcp } from "./send.ts";
import { staticBootstrap } from "./static-bootstrap.ts";
import { Upstreams } from "./upstreams.ts";

const envoy = await findEnvoy();
const certificates = throwAwayCertificates();
const directory = await mkdtemp(join(tmpdir(), "stod-h-"));
after(() => rm(directory, { recursive: true }));

const identity = "spiffe://cluster.local/ns/shop/sa/client";
const reviewsIdentity = "spiffe://cluster.local/ns/shop/sa/reviews";
const type = (name: string) => `type.googleapis.com/envoy.${name}`;
const sds = { sds_config: { ads: {}, resource_api_version: "V3" } };

const manager: JsonObject = {
  name: "http",
  typed_config: {
    "@type": type("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
    stat_prefix: "http",
    rds: { route_config_name: "80", config_source: { ads: {}, resource_api_version: "V3" } },
    http_filters: [{ name: "router", typed_config: { "@type": type("extensions.filters.http.router.v3.Router") } }],
  },
};

const tcpTo = (cluster: string): JsonObject => ({
  name: "tcp",
  typed_config: { "@type": type("extensions.filters.network.tcp_proxy.v3.TcpProxy"), stat_prefix: "tcp", cluster },
});

const listener = (
  name: string,
  address: string,
  port: number,
  filter: JsonObject,
  more: JsonObject = {},
): JsonObject => ({
  name,
  address: { socket_address: { address, port_value: port } },
  filter_chains: [{ filters: [filter] }],
  ...more,
});

const eds = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  type: "EDS",
  eds_cluster_config: { eds_config: { ads: {}, resource_api_version: "V3" } },
  ...more,
});

const endpointsAt = (cluster: string, address: string): JsonObject => ({
  cluster_name: cluster,
  endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address, port_value: 9080 } } } }] }],
});

const mtls: JsonObject = {
  name: "envoy.transport_sockets.tls",
  typed_config: {
    "@type": type("extensions.transport_sockets.tls.v3.UpstreamTlsContext"),
    common_tls_context: {
      alpn_protocols: ["istio"],
      tls_certificate_sds_secret_configs: [{ name: "default", ...sds }],
      combined_validation_context: {
        default_validation_context: {
          match_typed_subject_alt_names: [{ san_type: "URI", matcher: { exact: reviewsIdentity } }],
        },
        validation_context_sds_secret_config: { name: "ROOTCA", ...sds },
      },
    },
  },
};

/** A sidecar as small as can be: a captured listener, one for HTTP, one for TCP. */
const config: ProxyConfig = {
  listeners: new Map([
    [
      "virtualOutbound",
      listener("virtualOutbound", "0.0.0.0", 15001, tcpTo("PassthroughCluster"), { use_original_dst: true }),
    ],
    ["0.0.0.0_80", listener("0.0.0.0_80", "0.0.0.0", 80, manager, { bind_to_port: false })],
    ["10.1.1.1_7070", listener("10.1.1.1_7070", "10.1.1.1", 7070, tcpTo("stock"), { bind_to_port: false })],
  ]),
  clusters: new Map([
    ["reviews", eds("reviews", { transport_socket: mtls })],
    ["stock", eds("stock")],
    ["PassthroughCluster", { name: "PassthroughCluster", type: "ORIGINAL_DST", lb_policy: "CLUSTER_PROVIDED" }],
  ]),
  endpoints: new Map([
    ["reviews", endpointsAt("reviews", "10.1.0.1")],
    ["stock", endpointsAt("stock", "10.1.0.2")],
  ]),
  tables: new Map([["80", { name: "80", vhds: { config_source: { ads: {}, resource_api_version: "V3" } } }]]),
  routes: new Map([
    [
      "80/reviews:80",
      { name: "reviews:80", domains: ["reviews"], routes: [{ match: { prefix: "/" }, route: { cluster: "reviews" } }] },
    ],
  ]),
};

test("a configuration from xDS is taken when all of it stands in the bootstrap", async () => {
  const bootstrap = staticBootstrap(config, identity, certificates);
  const verdict = await validate(envoy.path, bootstrap, join(directory, "good.json"));
  assert.deepEqual(verdict, { refusal: undefined, warnings: [] });
});

test("a fault deep in a virtual host is found, in Envoy's own words", async () => {
  const host: JsonObject = {
    name: "a",
    domains: ["*"],
    routes: [{ match: { prefix: "/" }, route: { cluster: "reviews", timeout: "-1s" } }],
  };
  const bootstrap = staticBootstrap({ ...config, routes: new Map([["80/a", host]]) }, identity, certificates);
  const { refusal } = await validate(envoy.path, bootstrap, join(directory, "bad.json"));
  assert.match(refusal ?? "", /duration/i);
});

test("captured connections go their real way through Envoy: HTTP over mTLS, TCP that speaks first, and pass-through", async () => {
  await using upstreams = new Upstreams(directory, certificates);
  const names: Record<string, string> = {
    "10.1.0.1:9080": "reviews",
    "10.1.0.2:9080": "stock",
    PassthroughCluster: "outside",
  };
  const bootstrap = staticBootstrap(config, identity, certificates);
  const loopback = await onLoopback(bootstrap, directory, (address, tls) => {
    const name = names[address]!;
    return upstreams.open({ name, identity: reviewsIdentity, speaks: name === "stock" ? "tcp" : "http", tls });
  });
  await using _ = await startEnvoy(envoy.path, loopback.bootstrap, directory);
  const door = loopback.doors.get("virtualOutbound")!;
  const way = (address: string, port: number) => ({ door, from: "10.1.0.9", to: { address, port }, mtls: undefined });
  const get = { method: "GET", authority: "reviews", path: "/1", headers: {}, http2: false };

  upstreams.expect([{ status: 418, headers: {}, delayMs: 0, resets: false }]);
  const reply = await sendHttp(way("10.1.1.9", 80), get);
  assert.equal(reply.status, 418);
  const [sighting] = upstreams.sightings;
  assert.deepEqual([sighting?.by, sighting?.path, sighting?.caller], ["reviews", "/1", identity]);

  assert.equal(await sendTcp(way("10.1.1.1", 7070), "hi\n", "hi"), "stock here\nhi\n");

  upstreams.expect([]);
  assert.equal((await sendHttp(way("10.2.2.2", 81), { ...get, http2: true })).body, "outside\n");
});
