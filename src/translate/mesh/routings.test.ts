import assert from "node:assert/strict";
import { test } from "node:test";
import type { Routing } from "#model/routing.ts";
import { meshOf, written } from "../../../test/control-plane/mesh-of.ts";

function routingOf(spec: string): Routing | undefined {
  return meshOf(written("VirtualService", { web: spec })).mesh.routings.get("shop/web");
}

const route = "http: [{ route: [{ destination: { host: reviews } }] }]";

const names: readonly [spec: string, hosts: string[], gateways: string[]][] = [
  [`{ hosts: [reviews], ${route} }`, ["reviews.shop.svc.cluster.local"], ["mesh"]],
  [`{ hosts: [reviews.bank], ${route} }`, ["reviews.bank"], ["mesh"]],
  [`{ hosts: ["*.example.com", 10.0.0.1], ${route} }`, ["*.example.com", "10.0.0.1"], ["mesh"]],
  [
    `{ hosts: [a.example.com], gateways: [front, bank/front, mesh], ${route} }`,
    ["a.example.com"],
    ["shop/front", "bank/front", "mesh"],
  ],
];

for (const [spec, hosts, gateways] of names) {
  test(`${spec} is for ${hosts.join(", ")} at ${gateways.join(", ")}`, () => {
    const routing = routingOf(spec);
    assert.deepEqual([routing?.hosts, routing?.gateways], [hosts, gateways]);
  });
}

const actions: readonly [http: string, wanted: string[], why: string][] = [
  ["{ route: [{ destination: { host: reviews } }] }", ["forward"], "somewhere"],
  ["{ redirect: { uri: / } }", ["redirect"], "elsewhere"],
  ["{ directResponse: { status: 418 } }", ["respond"], "an answer of its own"],
];

for (const [http, wanted, why] of actions) {
  test(`${http} is ${wanted.join(", ")}: ${why}`, () => {
    assert.deepEqual(
      routingOf(`{ hosts: [reviews], http: [${http}] }`)?.http.map(({ action }) => action.is),
      wanted,
    );
  });
}

test("a routing keeps its last good form while a subset of the next one is missing, and is as written after", () => {
  const service = written("Service", { reviews: "{ selector: { app: reviews }, ports: [{ name: http, port: 80 }] }" });
  const rule = (subset: string) =>
    written("DestinationRule", {
      reviews: `{ host: reviews, subsets: [{ name: ${subset}, labels: { version: v1 } }] }`,
    });
  const to = (subset: string) =>
    written("VirtualService", {
      web: `{ hosts: [reviews], http: [{ route: [{ destination: { host: reviews, subset: ${subset} } }] }] }`,
    });
  const made = meshOf(service + rule("v1") + to("v1"));
  const subsetInForce = () => {
    const action = made.mesh.routings.get("shop/web")?.http[0]?.action;
    return action?.is === "forward" ? action.to[0]?.destination.subset : undefined;
  };
  const next = meshOf(service + rule("v2") + to("v2"));
  const objectOf = <T>(collection: { get(key: string): T | undefined }, key: string) =>
    collection.get(key) as NonNullable<T>;
  made.inputs.VirtualService.set(objectOf(next.inputs.VirtualService, "shop/web"));
  made.graph.settle();
  assert.equal(subsetInForce(), "v1");
  made.inputs.DestinationRule.set(objectOf(next.inputs.DestinationRule, "shop/reviews"));
  made.graph.settle();
  assert.equal(subsetInForce(), "v2");
});
