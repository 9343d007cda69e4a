import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint } from "#model/endpoint.ts";
import { meshOf, written } from "../../../test/control-plane/mesh-of.ts";

const sidecar = "security.istio.io/tlsMode: istio";
const reviews = "{ selector: { app: reviews }, ports: [{ name: http, port: 80, targetPort: 9080 }] }";
const named = "{ selector: { app: reviews }, ports: [{ name: http, port: 80, targetPort: web }] }";

function endpointsOf(host: string, text: string): readonly Endpoint[] {
  return meshOf(text).mesh.endpoints.get(host)?.endpoints ?? [];
}

const ports: readonly [service: string, workload: string, wanted: number, why: string][] = [
  [reviews, "{ address: 10.6.0.1, labels: { app: reviews } }", 9080, "the service says"],
  [
    reviews,
    "{ address: 10.6.0.1, labels: { app: reviews }, ports: { http: 9081 } }",
    9081,
    "the instance knows better",
  ],
  [
    named,
    "{ address: 10.6.0.1, labels: { app: reviews }, ports: { web: 9082 } }",
    9082,
    "a name that the instance knows",
  ],
  [
    named,
    "{ address: 10.6.0.1, labels: { app: reviews }, ports: { web: 9082, http: 9083 } }",
    9082,
    "the target's name first",
  ],
  [named, "{ address: 10.6.0.1, labels: { app: reviews } }", 80, "a name that nobody knows"],
  [
    "{ selector: { app: reviews }, ports: [{ name: constructor, port: 80, targetPort: 9080 }] }",
    "{ address: 10.6.0.1, labels: { app: reviews } }",
    9080,
    "a name that every object has",
  ],
];

for (const [service, workload, wanted, why] of ports) {
  test(`${workload} listens on ${wanted} for ${service}: ${why}`, () => {
    const text = written("Service", { reviews: service }) + written("WorkloadEntry", { "reviews-0": workload });
    assert.equal(endpointsOf("reviews.shop.svc.cluster.local", text)[0]?.ports[80]?.port, wanted);
  });
}

test("a service has the workloads of its own namespace that it selects, in the order of their addresses", () => {
  const text =
    written("Service", { reviews }) +
    written("WorkloadEntry", {
      a: "{ address: 10.6.0.2, labels: { app: reviews }, locality: r/z, weight: 5, serviceAccount: reviews }",
      b: "{ address: 10.6.0.1, labels: { app: reviews, version: v2 } }",
      c: "{ address: 10.6.0.3, labels: { app: ratings } }",
      "bank/d": "{ address: 10.6.0.4, labels: { app: reviews } }",
    });
  const found = endpointsOf("reviews.shop.svc.cluster.local", text);
  assert.deepEqual(
    found.map(({ address, workload, locality, weight }) => [address, workload, locality, weight]),
    [
      ["10.6.0.1", "b", undefined, 1],
      ["10.6.0.2", "a", "r/z", 5],
    ],
  );
});

test("an instance that does not answer is known, and not healthy", () => {
  const text =
    written("Service", { reviews }) +
    written("WorkloadEntry", { a: "{ address: 10.6.0.2, labels: { app: reviews } }" });
  const ill = text.replace("metadata: { name: a,", 'metadata: { annotations: { stod.dev/unhealthy: "true" }, name: a,');
  assert.deepEqual(
    [text, ill].map((each) => endpointsOf("reviews.shop.svc.cluster.local", each)[0]?.healthy),
    [true, false],
  );
});

const policy = (spec: string, key = "default") => written("PeerAuthentication", { [key]: spec });

const mtls: readonly [labels: string, authentication: string, wanted: boolean, why: string][] = [
  [`app: reviews, ${sidecar}`, "", true, "sidecars take mTLS unless they are told otherwise"],
  ["app: reviews", "", false, "without a sidecar nobody does"],
  ["app: reviews", policy("{ mtls: { mode: STRICT } }"), false, "nor because it is asked for"],
  [`app: reviews, ${sidecar}`, policy("{ mtls: { mode: DISABLE } }"), false, "the namespace says no"],
  [
    `app: reviews, ${sidecar}`,
    policy("{ mtls: { mode: DISABLE } }", "bank/default"),
    true,
    "another namespace says no",
  ],
  [
    `app: reviews, ${sidecar}`,
    policy("{ mtls: { mode: DISABLE } }", "istio-system/default"),
    false,
    "the mesh says no",
  ],
  [
    `app: reviews, ${sidecar}`,
    policy("{ selector: { matchLabels: { app: reviews } }, portLevelMtls: { 9080: { mode: DISABLE } } }"),
    false,
    "the port where it listens says no",
  ],
  [
    `app: reviews, ${sidecar}`,
    policy("{ selector: { matchLabels: { app: reviews } }, portLevelMtls: { 80: { mode: DISABLE } } }"),
    true,
    "the service's port is not the port",
  ],
];

for (const [labels, authentication, wanted, why] of mtls) {
  test(`an endpoint ${wanted ? "takes" : "does not take"} mTLS: ${why}`, () => {
    const workload = written("WorkloadEntry", { a: `{ address: 10.6.0.1, labels: { ${labels} } }` });
    const text = written("Service", { reviews }) + workload + authentication;
    assert.equal(endpointsOf("reviews.shop.svc.cluster.local", text)[0]?.ports[80]?.mtls, wanted);
  });
}

test("an address that is a name is an endpoint only where names are looked up, for Envoy refuses it elsewhere", () => {
  const entry = (resolution: string) =>
    written("ServiceEntry", {
      api: `{ hosts: [api.example.com], resolution: ${resolution}, ports: [{ number: 80, name: http, protocol: HTTP }], workloadSelector: { labels: { app: api } } }`,
    }) + written("WorkloadEntry", { api: "{ address: api-1.example.com, labels: { app: api } }" });
  assert.deepEqual(endpointsOf("api.example.com", entry("STATIC")), []);
  assert.equal(endpointsOf("api.example.com", entry("DNS"))[0]?.address, "api-1.example.com");
});
