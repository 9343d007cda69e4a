import assert from "node:assert/strict";
import { test } from "node:test";
import { apiVersionOf, kindCalled, kindIn, kinds, parseApiVersion } from "./kinds.ts";

const words: readonly [word: string, apiVersion: string | undefined, kind?: string][] = [
  ["vs", "networking.istio.io/v1", "VirtualService"],
  ["VirtualService", "networking.istio.io/v1", "VirtualService"],
  ["virtualservices", "networking.istio.io/v1", "VirtualService"],
  ["dr", "networking.istio.io/v1", "DestinationRule"],
  ["gw", "networking.istio.io/v1", "Gateway"],
  ["gateway", "networking.istio.io/v1", "Gateway"],
  ["gateways.gateway.networking.k8s.io", "gateway.networking.k8s.io/v1", "Gateway"],
  ["se", "networking.istio.io/v1", "ServiceEntry"],
  ["we", "networking.istio.io/v1", "WorkloadEntry"],
  ["pa", "security.istio.io/v1", "PeerAuthentication"],
  ["svc", "v1", "Service"],
  ["services", "v1", "Service"],
  ["pod", "v1", "Pod"],
  ["nonsense", undefined],
  ["__proto__", undefined],
];

for (const [word, apiVersion, kind] of words) {
  test(`"${word}" on the command line means ${kind ?? "nothing"}`, () => {
    const info = kindCalled(word);
    assert.equal(info?.kind, kind);
    assert.equal(info && apiVersionOf(info), apiVersion);
  });
}

test("an apiVersion is a group and a version, and the core group has no name", () => {
  assert.deepEqual(parseApiVersion("networking.istio.io/v1beta1"), {
    group: "networking.istio.io",
    version: "v1beta1",
  });
  assert.deepEqual(parseApiVersion("v1"), { group: "", version: "v1" });
});

test("a kind is known by its group, as two groups have a Gateway", () => {
  assert.equal(kindIn("networking.istio.io", "Gateway")?.acts, true);
  assert.equal(kindIn("gateway.networking.k8s.io", "Gateway")?.acts, false);
  assert.equal(kindIn("", "Gateway"), undefined);
});

test("no short name means two kinds", () => {
  const names = kinds.flatMap(({ shortNames }) => shortNames);
  assert.deepEqual([...new Set(names)], names);
});
