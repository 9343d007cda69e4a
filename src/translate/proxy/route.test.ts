import assert from "node:assert/strict";
import { test } from "node:test";
import type { VirtualHost } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { VirtualHostSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import type { ConnectedProxy } from "#model/proxy.ts";
import { meshOf, sent, sidecar, written } from "../../../test/control-plane/mesh-of.ts";

const services = written("Service", {
  reviews: "{ selector: { app: reviews }, ports: [{ name: http, port: 80 }] }",
  ratings: "{ selector: { app: ratings }, ports: [{ name: http, port: 9080 }] }",
  both: "{ selector: { app: both }, ports: [{ name: http, port: 80 }, { name: http-admin, port: 81 }] }",
});
const client = sidecar("client");
const reviews = "reviews.shop.svc.cluster.local";

/** What is done with requests, in order: `MATCH → CLUSTER`. */
function routesOf(virtualHost: VirtualHost | undefined): string[] {
  return (virtualHost?.routes ?? []).map(({ match, action }) => {
    const path = match?.pathSpecifier;
    const cluster = action.case === "route" && action.value.clusterSpecifier;
    const to = cluster && cluster.case === "cluster" ? cluster.value.split("|").slice(1).join("|") : action.case;
    const headers = match?.headers.map(({ name }) => ` ${name}`).join("") ?? "";
    return `${path?.value}${headers} → ${to?.replace(".shop.svc.cluster.local", "")}`;
  });
}

function routesAt80(http: string, proxy: ConnectedProxy = client): string[] {
  const mesh = meshOf(services + written("VirtualService", { web: `{ hosts: [reviews], http: [${http}] }` }), [proxy]);
  return routesOf(sent(mesh, proxy, VirtualHostSchema, `80/${reviews}:80`));
}

const to = (destination: string, match = "") =>
  `{ ${match && `match: [${match}],`} route: [{ destination: { ${destination} } }] }`;

const rows: readonly [why: string, http: string, wanted: string[], proxy?: ConnectedProxy][] = [
  [
    "in the order in which they are written",
    `${to("host: ratings", "{ uri: { prefix: /r } }")}, ${to("host: reviews")}`,
    ["/r → 9080||ratings", "/ → 80||reviews"],
  ],
  [
    "one for each match",
    to("host: reviews", "{ uri: { exact: /a } }, { headers: { x: { exact: y } } }"),
    ["/a → 80||reviews", "/ x → 80||reviews"],
  ],
  [
    "none after the one that takes everything",
    `${to("host: reviews")}, ${to("host: ratings", "{ uri: { prefix: /r } }")}`,
    ["/ → 80||reviews"],
  ],
  [
    "a match of everything ends them, too",
    `${to("host: reviews", "{ uri: { prefix: / } }")}, ${to("host: ratings")}`,
    ["/ → 80||reviews"],
  ],
  ["none for another port", `${to("host: ratings", "{ port: 81 }")}, ${to("host: reviews")}`, ["/ → 80||reviews"]],
  [
    "a match that needs just this port takes everything",
    `${to("host: ratings", "{ port: 80 }")}, ${to("host: reviews")}`,
    ["/ → 9080||ratings"],
  ],
  [
    "none for callers with other labels",
    `${to("host: ratings", "{ sourceLabels: { app: other } }")}, ${to("host: reviews")}`,
    ["/ → 80||reviews"],
  ],
  [
    "one for callers with these labels",
    `${to("host: ratings", "{ sourceLabels: { app: client } }")}, ${to("host: reviews")}`,
    ["/ → 9080||ratings"],
  ],
  [
    "none for callers of another namespace",
    `${to("host: ratings", "{ sourceNamespace: bank }")}, ${to("host: reviews")}`,
    ["/ → 80||reviews"],
  ],
  [
    "one for callers of this namespace",
    `${to("host: ratings", "{ sourceNamespace: bank }")}, ${to("host: reviews")}`,
    ["/ → 9080||ratings"],
    sidecar("client", { namespace: "bank" }),
  ],
  ["none for gateways", `${to("host: ratings", "{ gateways: [front] }")}, ${to("host: reviews")}`, ["/ → 80||reviews"]],
  [
    "the service's own, where none is for this caller",
    to("host: ratings", "{ sourceLabels: { app: other } }"),
    ["/ → 80||reviews"],
  ],
  ["the port of a service that has one", to("host: ratings"), ["/ → 9080||ratings"]],
  ["the port that was called, of a service that has several", to("host: both"), ["/ → 80||both"]],
  ["the port that is written", to("host: both, port: { number: 81 }"), ["/ → 81||both"]],
  ["the port that was called, of what is no service", to("host: nobody"), ["/ → 80||nobody"]],
];

for (const [why, http, wanted, proxy] of rows) {
  test(`routes: ${why}`, () => assert.deepEqual(routesAt80(http, proxy), wanted));
}

test("hosts that are no services are routed on port 80 by the routing that names them", () => {
  const routing = `{ hosts: [old.example.com, "*.example.org"], http: [${to("host: reviews")}] }`;
  const mesh = meshOf(services + written("VirtualService", { web: routing }), [client]);
  for (const host of ["old.example.com", "*.example.org"]) {
    const virtualHost = sent(mesh, client, VirtualHostSchema, `80/${host}:80`);
    assert.deepEqual([virtualHost?.domains, routesOf(virtualHost)], [[host], ["/ → 80||reviews"]]);
  }
});

const domains: readonly [why: string, text: string, proxy: ConnectedProxy, wanted: string[]][] = [
  ["short names within the namespace", "", client, [reviews, "reviews.shop", "reviews.shop.svc", "reviews"]],
  [
    "the namespace with them from another",
    "",
    sidecar("client", { namespace: "bank" }),
    [reviews, "reviews.shop", "reviews.shop.svc"],
  ],
  [
    "none that is another service's whole name",
    written("ServiceEntry", {
      x: "{ hosts: [reviews.shop], resolution: STATIC, ports: [{ number: 80, name: http, protocol: HTTP }] }",
    }),
    client,
    [reviews, "reviews.shop.svc", "reviews"],
  ],
  [
    "one that is another's on another port alone",
    written("ServiceEntry", {
      x: "{ hosts: [reviews.shop], resolution: STATIC, ports: [{ number: 81, name: http, protocol: HTTP }] }",
    }),
    client,
    [reviews, "reviews.shop", "reviews.shop.svc", "reviews"],
  ],
];

for (const [why, text, proxy, wanted] of domains) {
  test(`a service is called by its whole name, and ${why}`, () => {
    const mesh = meshOf(services + text, [proxy]);
    assert.deepEqual(sent(mesh, proxy, VirtualHostSchema, `80/${reviews}:80`)?.domains, wanted);
  });
}

test("one of two services with one address is called by it, and the other by its name alone", () => {
  const entry = (host: string) =>
    `{ hosts: [${host}], addresses: [10.9.0.1, 10.8.0.0/16], resolution: STATIC, ports: [{ number: 80, name: http, protocol: HTTP }, { number: 443, name: tls, protocol: TLS }] }`;
  const mesh = meshOf(written("ServiceEntry", { a: entry("a.example.com"), b: entry("b.example.com") }), [client]);
  const domainsOf = (host: string) => sent(mesh, client, VirtualHostSchema, `80/${host}:80`)?.domains;
  assert.deepEqual(
    [domainsOf("a.example.com"), domainsOf("b.example.com")],
    [["a.example.com", "10.9.0.1"], ["b.example.com"]],
  );
  const listeners = mesh.resourcesFor(client).filter(({ typeUrl }) => typeUrl.endsWith("v3.Listener"));
  assert.deepEqual(
    listeners.map(({ name }) => name).filter((name) => name.endsWith("_443")),
    ["10.9.0.1_443"],
  );
  assert.deepEqual(mesh.graph.problems(), []);
});

test("clients that take virtual hosts one by one, and those that do not, are given the same", () => {
  const routing = written("VirtualService", {
    web: `{ hosts: [reviews, old.example.com], http: [${to("host: ratings", "{ uri: { prefix: /r } }")}, ${to("host: reviews")}] }`,
  });
  const inline = { ...client, key: "inline", vhds: false };
  const mesh = meshOf(services + routing, [client, inline]);
  for (const port of ["80", "81", "9080"]) {
    const frame = sent(mesh, client, RouteConfigurationSchema, port);
    const whole = sent(mesh, inline, RouteConfigurationSchema, port);
    assert.deepEqual([frame?.virtualHosts.length, frame?.vhds === undefined, whole?.vhds], [1, false, undefined]);
    const oneByOne = mesh
      .resourcesFor(client)
      .filter(({ typeUrl, name }) => typeUrl.endsWith("VirtualHost") && name.startsWith(`${port}/`))
      .map(({ name }) => sent(mesh, client, VirtualHostSchema, name));
    const byName = (a: VirtualHost | undefined, b: VirtualHost | undefined) =>
      (a?.name ?? "") < (b?.name ?? "") ? -1 : 1;
    assert.deepEqual(
      [...(whole?.virtualHosts ?? [])].sort(byName),
      [...(frame?.virtualHosts ?? []), ...oneByOne].sort(byName),
    );
  }
});

test("where routings share a host at a gateway, the one's catch-all does not hide the other's routes", () => {
  const gateway = sidecar("gateway", { kind: "gateway" });
  const server = "{ port: { number: 8080, name: http, protocol: HTTP }, hosts: ['*'] }";
  const routing = (http: string) => `{ hosts: [a.example.com], gateways: [front], http: [${http}] }`;
  const mesh = meshOf(
    services +
      written("Gateway", { front: `{ selector: { app: gateway }, servers: [${server}] }` }) +
      written("VirtualService", {
        a: routing(to("host: reviews")),
        b: routing(to("host: ratings", "{ uri: { prefix: /r } }")),
      }),
    [gateway],
  );
  assert.deepEqual(routesOf(sent(mesh, gateway, VirtualHostSchema, "http.8080/a.example.com:8080")), [
    "/r → 9080||ratings",
    "/ → 80||reviews",
  ]);
});
