import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterRows } from "#apps/cli/proxy-config/clusters.ts";
import { endpointRows } from "#apps/cli/proxy-config/endpoints.ts";
import { listenerRows } from "#apps/cli/proxy-config/listeners.ts";
import { routeRows } from "#apps/cli/proxy-config/routes.ts";
import { redacted, secretRows } from "#apps/cli/proxy-config/secrets.ts";

const part = (name: string, fields: object) => ({
  configs: [{ "@type": `type.googleapis.com/envoy.admin.v3.${name}ConfigDump`, ...fields }],
});

test("clusters are shown by service, and those of no service by name", () => {
  const cluster = (fields: object) => ({ cluster: fields });
  const dump = part("Clusters", {
    static_clusters: [cluster({ name: "xds-grpc" })],
    dynamic_active_clusters: [
      cluster({ name: "outbound|80|v1|web.shop.svc.cluster.local", type: "EDS" }),
      cluster({
        name: "inbound|8080||",
        type: "ORIGINAL_DST",
        circuit_breakers: { thresholds: [{ max_retries: 4, max_requests: 4294967295 }] },
      }),
    ],
  });
  assert.deepEqual(clusterRows(dump), [
    ["inbound|8080||", "8080", "-", "inbound", "ORIGINAL_DST", "max_retries=4"],
    ["web.shop.svc.cluster.local", "80", "v1", "outbound", "EDS", "-"],
    ["xds-grpc", "-", "-", "-", "STATIC", "-"],
  ]);
});

test("each filter chain of a listener is a row: what it takes, and where that goes", () => {
  const http = {
    name: "http",
    typed_config: { "@type": "x/y.HttpConnectionManager", rds: { route_config_name: "80" } },
  };
  const tcp = { name: "tcp", typed_config: { "@type": "x/y.TcpProxy", cluster: "PassthroughCluster" } };
  const address = { socket_address: { address: "0.0.0.0", port_value: 80 } };
  const match = { destination_port: 80, transport_protocol: "tls", application_protocols: ["istio"] };
  const listener = {
    name: "l",
    address,
    filter_chains: [{ filter_chain_match: match, filters: [http] }],
    default_filter_chain: { filters: [tcp] },
  };
  const dump = part("Listeners", {
    dynamic_listeners: [{ name: "l", active_state: { listener } }, { name: "warming" }],
  });
  assert.deepEqual(listenerRows(dump), [
    ["l", "0.0.0.0:80", "port 80; trans: tls; app: istio", "Route: 80"],
    ["l", "0.0.0.0:80", "everything else", "Cluster: PassthroughCluster"],
  ]);
});

test("each route is a row, in Envoy's order, with where it leads", () => {
  const weighted_clusters = {
    clusters: [
      { name: "a", weight: 90 },
      { name: "b", weight: 10 },
    ],
  };
  const routes = [
    { match: { path: "/exact", headers: [{ name: "end-user" }] }, route: { cluster: "a" } },
    { match: { prefix: "/" }, route: { weighted_clusters } },
    { match: { safe_regex: { regex: "/x.*" } }, redirect: {} },
    { match: { path_separated_prefix: "/p" }, direct_response: { status: 503 } },
  ];
  const virtual_hosts = [
    { name: "web", domains: ["web", "web.shop"], routes },
    { name: "none", domains: ["*"] },
  ];
  const start = ["80", "web", "web + 1 more"];
  assert.deepEqual(
    routeRows(part("Routes", { dynamic_route_configs: [{ route_config: { name: "80", virtual_hosts } }] })),
    [
      [...start, "/exact end-user", "a"],
      [...start, "/*", "a (90), b (10)"],
      [...start, "regex /x.*", "redirect"],
      [...start, "/p/*", "answer 503"],
      ["80", "none", "*", "-", "-"],
    ],
  );
});

test("endpoints are shown with their health", () => {
  const host = (address: string, health_status: object) => ({
    address: { socket_address: { address, port_value: 1 } },
    health_status,
  });
  const hosts = [
    host("10.0.0.1", { eds_health_status: "HEALTHY" }),
    host("10.0.0.2", { eds_health_status: "DRAINING", failed_outlier_check: true }),
  ];
  assert.deepEqual(
    endpointRows({
      cluster_statuses: [{ name: "c", host_statuses: [...hosts, { address: { pipe: { path: "x.sock" } } }] }],
    }),
    [
      ["10.0.0.1:1", "HEALTHY", "OK", "c"],
      ["10.0.0.2:1", "DRAINING", "FAILED", "c"],
      ["x.sock", "HEALTHY", "OK", "c"],
    ],
  );
});

test("a secret that has not come yet is shown as such", () => {
  const warming = { secret: { name: "default", tls_certificate: {} } };
  assert.deepEqual(secretRows(part("Secrets", { dynamic_warming_secrets: [warming] }), new Date()), [
    ["default", "Cert Chain", "WARMING", "-", "-", "-", "-", "-"],
  ]);
});

test("nothing secret is printed, wherever it is", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n";
  const shown = redacted({
    tls_certificate: { private_key: { inline_string: "abc" } },
    elsewhere: [key],
    name: "default",
  });
  assert.deepEqual(shown, {
    tls_certificate: { private_key: { inline_string: "[redacted]" } },
    elsewhere: ["[redacted]"],
    name: "default",
  });
});

test("an empty answer makes empty tables", () => {
  for (const rows of [clusterRows, listenerRows, routeRows, endpointRows]) assert.deepEqual(rows({}), []);
});
