import { decodeValue } from "#api/decode.ts";
import type { MeshObject } from "#api/object.ts";
import type { ConnectedProxy } from "#model/proxy.ts";

/** A number from 0 up to, but not including, `below`. */
export type Next = (below: number) => number;

/** A repeatable row of random numbers (mulberry32). */
export function randomFrom(seed: number): Next {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

type Spec = Record<string, unknown>;
type SpecMaker = (next: Next, namespace: string) => Spec;

const namespaces = ["shop", "bank", "istio-system"] as const;
const apps = ["a", "b", "c", "d"] as const;
const versions = ["v1", "v2", "v3"] as const;
const outside = ["api.example.com", "*.example.com", "db.example.com", "a.shop"] as const;
const addresses = ["10.9.0.1", "10.9.0.2", "10.9.0.0/24"] as const;

function pick<T>(next: Next, from: readonly T[]): T {
  return from[next(from.length)] as T;
}

function some<T>(next: Next, from: readonly T[]): T[] {
  return from.filter(() => next(2) === 0);
}

function maybe<T>(next: Next, value: T): T | undefined {
  return next(3) === 0 ? value : undefined;
}

function host(next: Next): string {
  return pick(next, [
    pick(next, apps),
    `${pick(next, apps)}.${pick(next, namespaces)}.svc.cluster.local`,
    pick(next, outside),
  ]);
}

function selector(next: Next): Record<string, string> {
  return { app: pick(next, apps), ...(next(4) === 0 && { version: pick(next, versions) }) };
}

const servicePorts = [
  { name: "http", port: 80, targetPort: 9080 },
  { name: "http-named", port: 8080, targetPort: "web" },
  { name: "tcp", port: 7000 },
  { name: "any", port: 9000 },
  { name: "grpc", port: 50051, targetPort: 9080 },
  { name: "dns", port: 53, protocol: "UDP" },
];

const entryPorts = [
  { number: 80, name: "http", protocol: "HTTP" },
  { number: 443, name: "tls", protocol: "TLS" },
  { number: 7000, name: "tcp", protocol: "TCP" },
  { number: 9000, name: "any" },
];

function trafficPolicy(next: Next): Spec | undefined {
  return maybe(next, {
    loadBalancer: { simple: pick(next, ["ROUND_ROBIN", "RANDOM", "LEAST_REQUEST"]) },
    connectionPool: { tcp: { maxConnections: 1 + next(100) } },
    portLevelSettings: maybe(next, [{ port: { number: 80 }, tls: { mode: pick(next, ["DISABLE", "ISTIO_MUTUAL"]) } }]),
  });
}

function mtls(next: Next): Spec {
  return { mode: pick(next, ["UNSET", "DISABLE", "PERMISSIVE", "STRICT"]) };
}

function match(next: Next): Spec {
  return {
    uri: maybe(next, { prefix: `/${next(3)}` }),
    headers: maybe(next, { "x-user": { exact: String(next(3)) } }),
    port: maybe(next, pick(next, [80, 8080])),
    sourceLabels: maybe(next, { [pick(next, ["app", "version"])]: pick(next, [...apps, ...versions]) }),
    sourceNamespace: maybe(next, pick(next, namespaces)),
    gateways: maybe(next, [pick(next, ["mesh", "front"])]),
  };
}

function httpRoute(next: Next): Spec {
  const destination = () => ({
    destination: {
      host: host(next),
      subset: maybe(next, pick(next, versions)),
      port: maybe(next, { number: pick(next, [80, 8080]) }),
    },
  });
  const route = next(2) === 0 ? [destination()] : [40, 60].map((weight) => ({ ...destination(), weight }));
  return {
    match: some(next, [0, 1]).map(() => match(next)),
    ...(next(6) === 0 ? { redirect: { uri: "/elsewhere" } } : { route }),
    timeout: maybe(next, `${1 + next(5)}s`),
  };
}

const kinds: Readonly<Record<string, { apiVersion: string; spec: SpecMaker }>> = {
  Service: {
    apiVersion: "v1",
    spec: (next) => ({
      selector: next(5) === 0 ? undefined : selector(next),
      clusterIP: next(4) === 0 ? "None" : next(4) === 0 ? `10.8.0.${1 + next(3)}` : undefined,
      ports: [servicePorts[next(6)], ...some(next, servicePorts)].filter((port, nth, all) => all.indexOf(port) === nth),
    }),
  },
  ServiceEntry: {
    apiVersion: "networking.istio.io/v1",
    spec: (next) => {
      const resolution = pick(next, ["STATIC", "DNS", "NONE"]);
      const hosts = resolution === "DNS" ? ["api.example.com"] : [pick(next, outside), "db.example.com"];
      return {
        hosts: [...new Set(hosts)],
        addresses: resolution === "DNS" ? undefined : maybe(next, [pick(next, addresses)]),
        ports: [entryPorts[next(4)], ...some(next, entryPorts)].filter((port, nth, all) => all.indexOf(port) === nth),
        resolution,
        location: pick(next, ["MESH_EXTERNAL", "MESH_INTERNAL"]),
        endpoints: resolution === "STATIC" ? [{ address: `10.7.0.${next(5)}` }, { address: "10.7.0.9" }] : undefined,
      };
    },
  },
  WorkloadEntry: {
    apiVersion: "networking.istio.io/v1",
    spec: (next) => ({
      address: `10.6.0.${next(6)}`,
      labels: { ...selector(next), ...(next(2) === 0 && { "security.istio.io/tlsMode": "istio" }) },
      serviceAccount: pick(next, ["one", "two"]),
      ports: maybe(next, { web: 9081 }),
      locality: maybe(next, pick(next, ["r1/z1", "r1/z2"])),
      weight: maybe(next, 1 + next(100)),
    }),
  },
  VirtualService: {
    apiVersion: "networking.istio.io/v1",
    spec: (next) => ({
      hosts: [...new Set([host(next), host(next)])],
      gateways: maybe(next, pick(next, [["front"], ["mesh", "shop/front"], ["mesh"]])),
      http: [0, 1, 2].slice(0, 1 + next(3)).map(() => httpRoute(next)),
    }),
  },
  DestinationRule: {
    apiVersion: "networking.istio.io/v1",
    spec: (next) => ({
      host: next(4) === 0 ? pick(next, ["*.shop.svc.cluster.local", "*.local"]) : host(next),
      trafficPolicy: trafficPolicy(next),
      subsets: some(next, versions).map((name) => ({
        name,
        labels: { version: name },
        trafficPolicy: trafficPolicy(next),
      })),
    }),
  },
  Gateway: {
    apiVersion: "networking.istio.io/v1",
    spec: (next) => ({
      selector: { app: pick(next, ["gateway", "other"]) },
      servers: some(next, [80, 8080]).map((number) => ({
        port: { number, name: `http-${number}`, protocol: "HTTP" },
        hosts: [pick(next, ["*", "*.example.com", "./*", "shop/a.shop.svc.cluster.local", "*/api.example.com"])],
        tls: maybe(next, { httpsRedirect: true }),
      })),
    }),
  },
  PeerAuthentication: {
    apiVersion: "security.istio.io/v1",
    spec: (next) =>
      next(2) === 0
        ? { mtls: mtls(next) }
        : {
            selector: { matchLabels: selector(next) },
            mtls: mtls(next),
            portLevelMtls: maybe(next, { 9080: mtls(next) }),
          },
  },
};

export const objectKinds: readonly string[] = Object.keys(kinds);

export interface RandomObject {
  readonly kind: string;
  readonly key: string;
  readonly object: MeshObject;
}

/** Some valid object of a kind, under one of few names. */
export function randomObject(next: Next, kind: string): RandomObject {
  const { apiVersion, spec } = kinds[kind] as (typeof kinds)[string];
  for (;;) {
    const namespace = pick(next, namespaces);
    const name = kind === "Gateway" ? "front" : pick(next, apps);
    const creationTimestamp = maybe(next, `2026-01-0${1 + next(9)}T00:00:00Z`);
    const value = JSON.parse(
      JSON.stringify({
        apiVersion,
        kind,
        metadata: { namespace, name, creationTimestamp },
        spec: spec(next, namespace),
      }),
    );
    const [decoded] = decodeValue(value, { file: undefined, defaultNamespace: namespace, source: "test" }).documents;
    if (decoded?.is === "object") return { kind, key: decoded.object.key, object: decoded.object };
  }
}

/** Some proxy, under one of few names. */
export function randomProxy(next: Next): ConnectedProxy {
  const namespace = pick(next, namespaces);
  const name = pick(next, ["p1", "p2"]);
  const kind = next(4) === 0 ? "gateway" : "sidecar";
  return {
    key: `${name}.${namespace}`,
    name,
    namespace,
    kind,
    labels: kind === "gateway" ? { app: "gateway" } : next(6) === 0 ? {} : selector(next),
    serviceAccount: "one",
    addresses: ["10.6.0.1"],
    locality: undefined,
    explicit: next(4) === 0 ? 1 + next(2) : undefined,
    vhds: next(2) === 0,
  };
}
