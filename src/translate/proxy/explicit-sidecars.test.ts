import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import { httpProxyListener, tunnelListener } from "#envoy/names.ts";
import type { ConnectedProxy } from "#model/proxy.ts";
import { meshOf, sidecar, written } from "../../../test/control-plane/mesh-of.ts";

const services = written("Service", {
  web: "{ clusterIP: 240.241.0.1, selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8000 }] }",
  stock: "{ clusterIP: 240.241.0.2, ports: [{ name: tcp, port: 7070 }, { name: any, port: 7071 }] }",
  "bank/web": "{ clusterIP: 240.241.0.3, ports: [{ name: http, port: 9080 }] }",
  twin: "{ clusterIP: 240.241.0.2, ports: [{ name: tcp, port: 7070 }] }",
  elsewhere: "{ clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }",
});

function resourcesOf(proxy: ConnectedProxy, settings = {}) {
  return meshOf(services, [proxy], settings).resourcesFor(proxy);
}

function listenersOf(proxy: ConnectedProxy): readonly string[] {
  return resourcesOf(proxy)
    .filter(({ typeUrl }) => typeUrl.endsWith(".Listener"))
    .map(({ body }) => fromBinary(ListenerSchema, body))
    .filter(({ bindToPort }) => bindToPort !== false)
    .map(({ name }) => name)
    .sort();
}

const rows: readonly [what: string, proxy: ConnectedProxy, listeners: readonly string[]][] = [
  [
    "a caller",
    sidecar("caller", { explicit: 5 }),
    ["127.135.0.1_61520", "127.135.0.2_7070", "127.135.0.2_7071", "127.135.0.3_9080"],
  ],
  [
    "a server",
    sidecar("web", { explicit: 6 }),
    ["127.129.0.6_8000", "127.136.0.1_61520", "127.136.0.2_7070", "127.136.0.2_7071", "127.136.0.3_9080"],
  ],
];

for (const [what, proxy, wanted] of rows) {
  test(`${what} listens for each service at addresses of its place, and for all as an HTTP proxy`, () => {
    assert.deepEqual(listenersOf(proxy), [...wanted, httpProxyListener, tunnelListener]);
  });
}

const authorities: readonly [namespace: string, authority: string, host: string | undefined][] = [
  ["shop", "web", "web.shop.svc.cluster.local:80"],
  ["shop", "web:80", "web.shop.svc.cluster.local:80"],
  ["shop", "web:9080", undefined],
  ["shop", "web.bank:9080", "web.bank.svc.cluster.local:9080"],
  ["bank", "web:9080", "web.bank.svc.cluster.local:9080"],
  ["bank", "web.shop.svc.cluster.local:80", "web.shop.svc.cluster.local:80"],
  ["shop", "elsewhere", "elsewhere.shop.svc.cluster.local:80"],
  ["shop", "stock:7071", "stock.shop.svc.cluster.local:7071"],
  ["shop", "stock:7070", undefined],
];

function proxyRoutes(proxy: ConnectedProxy, settings = {}) {
  const routes = resourcesOf(proxy, settings).find(
    ({ name, typeUrl }) => name === "http_proxy" && typeUrl.endsWith(".RouteConfiguration"),
  );
  assert.ok(routes);
  return fromBinary(RouteConfigurationSchema, routes.body);
}

for (const [namespace, authority, host] of authorities) {
  test(`the HTTP proxy of ${namespace} takes ${authority} to ${host ?? "no service"}`, () => {
    const { virtualHosts, ignorePortInHostMatching } = proxyRoutes(sidecar("caller", { namespace, explicit: 1 }));
    assert.equal(ignorePortInHostMatching, false);
    assert.equal(virtualHosts.find(({ domains }) => domains.includes(authority))?.name, host);
  });
}

for (const [outboundTraffic, routes] of [
  ["allow-any", ["tunnel", "allow_any"]],
  ["registry-only", ["block_all"]],
] as const) {
  test(`what the mesh does not know is ${routes.at(-1)} by the HTTP proxy where ${outboundTraffic} holds`, () => {
    const { virtualHosts } = proxyRoutes(sidecar("caller", { explicit: 1 }), { outboundTraffic });
    const rest = virtualHosts.find(({ domains }) => domains.includes("*"));
    assert.deepEqual(
      rest?.routes.map(({ name }) => name),
      routes,
    );
  });
}
