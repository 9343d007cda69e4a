import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeshService } from "#model/service.ts";
import { meshOf, written } from "../../../test/control-plane/mesh-of.ts";

const reviews = "reviews.shop.svc.cluster.local";
const http = "ports: [{ name: http, port: 80 }]";
const entry = "ports: [{ number: 443, name: tls, protocol: TLS }]";

type Wanted = Partial<MeshService> | undefined;

const rows: readonly [what: string, kind: string, name: string, spec: string, host: string, wanted: Wanted][] = [
  [
    "a Service",
    "Service",
    "reviews",
    "{ selector: { app: reviews }, ports: [{ name: http, port: 80, targetPort: 9080 }] }",
    reviews,
    {
      shortName: "reviews",
      namespace: "shop",
      addresses: [],
      virtual: true,
      ports: [{ name: "http", port: 80, targetPort: 9080, protocol: "http" }],
      resolution: "mesh",
      selector: { app: "reviews" },
    },
  ],
  ["its own address", "Service", "reviews", `{ clusterIP: 10.96.0.7, ${http} }`, reviews, { addresses: ["10.96.0.7"] }],
  [
    "a headless Service",
    "Service",
    "reviews",
    `{ clusterIP: None, ${http} }`,
    reviews,
    { virtual: false, addresses: [] },
  ],
  ["no selector", "Service", "reviews", `{ ${http} }`, reviews, { selector: undefined, virtual: true }],
  [
    "a name for a host elsewhere",
    "Service",
    "reviews",
    `{ type: ExternalName, externalName: reviews.example.com, ${http} }`,
    reviews,
    {
      virtual: false,
      resolution: "dns",
      listed: [{ address: "reviews.example.com", labels: {}, ports: {}, weight: 1, locality: undefined }],
    },
  ],
  [
    "what is half UDP",
    "Service",
    "reviews",
    "{ ports: [{ name: http, port: 80 }, { name: quic, port: 80, protocol: UDP }] }",
    reviews,
    { ports: [{ name: "http", port: 80, targetPort: 80, protocol: "http" }] },
  ],
  [
    "an entry found by DNS",
    "ServiceEntry",
    "api",
    `{ hosts: [api.example.com], resolution: DNS, ${entry} }`,
    "api.example.com",
    {
      shortName: undefined,
      virtual: true,
      resolution: "dns",
      ports: [{ name: "tls", port: 443, targetPort: 443, protocol: "tcp" }],
      listed: [{ address: "api.example.com", labels: {}, ports: {}, weight: 1, locality: undefined }],
    },
  ],
  [
    "an entry that lists its endpoints",
    "ServiceEntry",
    "api",
    `{ hosts: [api.example.com], addresses: [10.9.0.1], resolution: STATIC, ${entry}, endpoints: [{ address: 10.7.0.1, ports: { tls: 8443 }, weight: 3, locality: r/z }] }`,
    "api.example.com",
    {
      addresses: ["10.9.0.1"],
      resolution: "mesh",
      listed: [{ address: "10.7.0.1", labels: {}, ports: { tls: 8443 }, weight: 3, locality: "r/z" }],
    },
  ],
  [
    "an entry that says nothing of how it is found",
    "ServiceEntry",
    "api",
    `{ hosts: [api.example.com], ${entry} }`,
    "api.example.com",
    { resolution: "none", virtual: false, listed: [] },
  ],
  [
    "a wildcard",
    "ServiceEntry",
    "api",
    `{ hosts: ["*.example.com"], resolution: STATIC, ${entry} }`,
    "*.example.com",
    { virtual: false },
  ],
  [
    "an entry of workloads of the mesh",
    "ServiceEntry",
    "db",
    `{ hosts: [db.example.com], resolution: STATIC, ${entry}, workloadSelector: { labels: { app: db } } }`,
    "db.example.com",
    { selector: { app: "db" }, virtual: true },
  ],
];

for (const [what, kind, name, spec, host, wanted] of rows) {
  test(`${what} is a service`, () => {
    const service = meshOf(written(kind, { [name]: spec })).mesh.services.get(host);
    const picked = Object.keys(wanted ?? {}).map((field) => [field, service?.[field as keyof MeshService]]);
    assert.deepEqual(Object.fromEntries(picked), wanted);
  });
}

test("each host of an entry is a service, and of two entries for one host the older counts", () => {
  const entries = written("ServiceEntry", {
    young: `{ hosts: [a.example.com, b.example.com], resolution: STATIC, ${entry} }`,
    old: "{ hosts: [b.example.com], resolution: DNS, ports: [{ number: 80, name: http, protocol: HTTP }] }",
  }).replace("{ name: old,", "{ creationTimestamp: 2020-01-01T00:00:00Z, name: old,");
  const { mesh, graph } = meshOf(entries);
  assert.deepEqual(
    [...mesh.services.values()].map(({ host, resolution }) => `${host} ${resolution}`),
    ["a.example.com mesh", "b.example.com dns"],
  );
  assert.deepEqual(graph.problems(), []);
});

test("a port of which nobody said what it carries carries TCP where a server was seen to speak first", () => {
  const service = written("Service", {
    db: "{ selector: { app: db }, ports: [{ name: any, port: 9000, targetPort: 9001 }] }",
  });
  const silent = written("WorkloadEntry", { "db-0": "{ address: 10.6.0.1, labels: { app: db } }" });
  const talkative = (port: number) =>
    silent.replace("metadata: {", `metadata: { annotations: { stod.dev/server-first: "${port}" },`);
  for (const [workloads, wanted] of [
    [silent, "auto"],
    [talkative(9001), "tcp"],
    [talkative(9000), "auto"],
  ]) {
    const { mesh } = meshOf(`${service}${workloads}`);
    assert.equal(mesh.services.get("db.shop.svc.cluster.local")?.ports[0]?.protocol, wanted);
  }
});
