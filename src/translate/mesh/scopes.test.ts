import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConnectedProxy } from "#model/proxy.ts";
import { sidecar } from "../../../test/control-plane/mesh-of.ts";
import { inboundScope, outboundScope, scopesOf } from "./scopes.ts";

const none: ReadonlySet<string> = new Set();
const a = sidecar("a", { labels: { app: "a", version: "v1" } });

const rows: readonly [why: string, other: ConnectedProxy, told: ReadonlySet<string>, out: boolean, way: boolean][] = [
  ["replicas of one workload", { ...a, key: "other" }, none, true, true],
  ["two workloads of a namespace", sidecar("b"), none, true, false],
  ["two that routes tell apart", sidecar("b"), new Set(["app"]), false, false],
  ["two that routes tell apart by what they share", { ...a, labels: { app: "a" } }, new Set(["app"]), true, false],
  ["two namespaces", sidecar("a", { namespace: "bank", labels: a.labels }), none, false, false],
  ["replicas for which nothing is captured", { ...a, explicit: 3 }, none, false, false],
  ["one that takes no virtual hosts one by one", { ...a, vhds: false }, none, false, true],
];

for (const [why, other, told, out, way] of rows) {
  test(`${why} ${out ? "share" : "do not share"} the way out, and ${way ? "share" : "do not share"} the way in`, () => {
    const [one, two] = [scopesOf(a, told), scopesOf(other, told)];
    assert.deepEqual([one.outbound === two.outbound, one.inbound === two.inbound], [out, way]);
  });
}

test("a gateway has no way in, and is known by all of its labels", () => {
  const gateway = scopesOf({ ...a, kind: "gateway" }, none);
  assert.equal(gateway.inbound, undefined);
  const [scope] = outboundScope(gateway.outbound);
  assert.deepEqual([scope?.kind, scope?.labels], ["gateway", a.labels]);
});

test("a scope is read back from its key", () => {
  const { outbound, inbound = "" } = scopesOf(a, new Set(["version"]));
  assert.deepEqual(
    [...outboundScope(outbound)],
    [{ key: outbound, kind: "sidecar", namespace: "shop", labels: { version: "v1" }, vhds: true, explicit: undefined }],
  );
  assert.deepEqual(
    [...inboundScope(inbound)],
    [{ key: inbound, namespace: "shop", labels: a.labels, explicit: undefined }],
  );
  const explicit = scopesOf({ ...a, explicit: 3 }, none);
  assert.deepEqual(
    [...outboundScope(explicit.outbound), ...inboundScope(explicit.inbound ?? "")].map((scope) => scope.explicit),
    [3, 3],
  );
});
