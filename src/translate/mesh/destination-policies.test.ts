import assert from "node:assert/strict";
import { test } from "node:test";
import { meshOf, sidecar, written } from "../../../test/control-plane/mesh-of.ts";
import { hostsThatCover } from "./destination-policies.ts";

const host = "reviews.shop.svc.cluster.local";

const covering: readonly [host: string, wanted: string[]][] = [
  ["a.b.c", ["a.b.c", "*.b.c", "*.c", "*"]],
  ["a", ["a", "*"]],
  ["*.b.c", ["*.b.c", "*.c", "*"]],
  ["*", ["*", "*"]],
];

for (const [of, wanted] of covering) {
  test(`${of} is covered by ${wanted.join(", ")}`, () => assert.deepEqual(hostsThatCover(of), wanted));
}

/** Which subset's cluster callers of a namespace have tells whose rule counts for them. */
function subsetsSeen(rules: Readonly<Record<string, string>>, caller: string): string[] {
  const service = written("Service", { reviews: "{ selector: { app: reviews }, ports: [{ name: http, port: 80 }] }" });
  const proxy = sidecar("client", { namespace: caller });
  const mesh = meshOf(service + written("DestinationRule", rules), [proxy]);
  const names = mesh.resourcesFor(proxy).filter(({ typeUrl }) => typeUrl.endsWith("v3.Cluster"));
  return names.flatMap(({ name }) => name.split("|")[2] || []).sort();
}

const rule = (of: string, ...subsets: string[]) =>
  `{ host: "${of}", subsets: [${subsets.map((name) => `{ name: ${name}, labels: { version: ${name} } }`).join(", ")}] }`;

const rows: readonly [why: string, rules: Readonly<Record<string, string>>, caller: string, wanted: string[]][] = [
  ["a short host is one of the rule's own namespace", { "shop/r": rule("reviews", "s") }, "shop", ["s"]],
  ["so it is nothing in another", { "bank/r": rule("reviews", "s") }, "bank", []],
  ["the service's namespace says for all", { "shop/r": rule(host, "s") }, "bank", ["s"]],
  ["the caller's says before it", { "shop/r": rule(host, "s"), "bank/r": rule(host, "own") }, "bank", ["own"]],
  ["a third one's says nothing", { "bank/r": rule(host, "s") }, "shop", []],
  ["the root's says where none nearer does", { "istio-system/r": rule(host, "root") }, "bank", ["root"]],
  [
    "a wildcard of the caller comes before the whole name of the service's namespace",
    { "shop/r": rule(host, "s"), "bank/r": rule("*.local", "wild") },
    "bank",
    ["wild"],
  ],
  [
    "callers of the root namespace hear the service's namespace first",
    { "shop/r": rule(host, "s"), "istio-system/r": rule("*.local", "root") },
    "istio-system",
    ["s"],
  ],
  [
    "the most specific host counts",
    { "shop/r": rule("*.svc.cluster.local", "wild"), "shop/s": rule("*.shop.svc.cluster.local", "near") },
    "shop",
    ["near"],
  ],
  [
    "rules of one namespace for one host are one",
    { "shop/a": rule("reviews", "v1", "v2"), "shop/b": rule(host, "v2", "v3") },
    "shop",
    ["v1", "v2", "v3"],
  ],
];

for (const [why, rules, caller, wanted] of rows) {
  test(`${why}: callers of ${caller} see ${wanted.join(", ") || "no subset"}`, () => {
    assert.deepEqual(subsetsSeen(rules, caller), wanted);
  });
}

test("of two subsets with one name the older rule's counts, and the oldest traffic policy", () => {
  const rules = written("DestinationRule", {
    young:
      "{ host: reviews, subsets: [{ name: v1, labels: { version: young } }], trafficPolicy: { loadBalancer: { simple: RANDOM } } }",
    old: "{ host: reviews, subsets: [{ name: v1, labels: { version: old } }] }",
  }).replace("{ name: old,", "{ creationTimestamp: 2020-01-01T00:00:00Z, name: old,");
  const [policy] = [...meshOf(rules).mesh.policies.values()];
  assert.deepEqual(policy?.subsets[0]?.labels, { version: "old" });
  assert.notEqual(policy?.policy, undefined, "the older one has none, so the younger one's holds");
});
