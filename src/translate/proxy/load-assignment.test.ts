import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterName } from "#envoy/names.ts";
import { type ClusterEndpoint, claOf } from "./load-assignment.ts";

const name = clusterName({
  direction: "outbound",
  port: 80,
  subset: undefined,
  host: "reviews.shop.svc.cluster.local",
});

function endpoint(more: Partial<ClusterEndpoint>): ClusterEndpoint {
  return {
    address: "10.6.0.1",
    port: 80,
    mtls: false,
    weight: 1,
    locality: undefined,
    labels: {},
    namespace: "shop",
    workload: "reviews-0",
    ...more,
  };
}

function weightsOf(endpoints: readonly ClusterEndpoint[]): (number | undefined)[][] {
  return (claOf(name, endpoints).endpoints ?? []).map(({ lbEndpoints }) =>
    (lbEndpoints ?? []).map(({ loadBalancingWeight }) => loadBalancingWeight),
  );
}

test("endpoints are grouped by locality, and weigh as they say", () => {
  const endpoints = [
    endpoint({ locality: "r/b", weight: 3 }),
    endpoint({ locality: "r/a" }),
    endpoint({}),
    endpoint({ locality: "r/b" }),
  ];
  assert.deepEqual(weightsOf(endpoints), [[1], [1], [3, 1]]);
});

test("weights that come to more than Envoy takes are scaled down together, and none to nothing", () => {
  const [weights = []] = weightsOf([
    endpoint({ weight: 0xffff_ffff }),
    endpoint({ weight: 0xffff_ffff }),
    endpoint({ weight: 1 }),
  ]);
  const [a = 0, b = 0, c = 0] = weights;
  assert.equal(a, b);
  assert.equal(c, 1);
  assert.ok(a + b + c <= 0xffff_ffff && a + b + c > 0xffff_fff0);
});

test("an endpoint tells what telemetry calls it, and whether it takes mTLS", () => {
  const labels = { app: "reviews", version: "v2" };
  const [locality] = claOf(name, [endpoint({ mtls: true, labels })]).endpoints ?? [];
  assert.deepEqual(locality?.lbEndpoints?.[0]?.metadata?.filterMetadata, {
    "envoy.transport_socket_match": { tlsMode: "istio" },
    istio: { workload: "reviews-0;shop;reviews;v2;stod" },
  });
});
