import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { LastGood } from "#agent/relay/last-good.ts";
import { ProxyView } from "#agent/relay/proxy-view.ts";
import { createLog } from "#base/log.ts";
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
} from "#envoy/gen/envoy/service/discovery/v3/discovery_pb.js";

const log = createLog("test", { level: "error" });
const clusters = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const endpoints = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

const directory = mkdtempSync(join(tmpdir(), "stod-proxy-view-"));
after(() => rmSync(directory, { recursive: true }));
let places = 0;

type RequestInit = Exclude<MessageInitShape<typeof DeltaDiscoveryRequestSchema>, DeltaDiscoveryRequest>;

function request(typeUrl: string, init: RequestInit = {}) {
  return create(DeltaDiscoveryRequestSchema, { ...init, node: { id: "sidecar~a" }, typeUrl });
}

function response(typeUrl: string, nonce: string, versions: Record<string, string>, removedResources: string[] = []) {
  const resources = Object.entries(versions).map(([name, version]) => ({
    name,
    version,
    resource: { typeUrl, value: Buffer.from(`${name} ${version}`) },
  }));
  return create(DeltaDiscoveryResponseSchema, { typeUrl, nonce, resources, removedResources });
}

const versionsOf = ({ resources }: DeltaDiscoveryResponse) =>
  Object.fromEntries(resources.map(({ name, version }) => [name, version]));

/** An Envoy that has the clusters a and b, and the endpoints of a, all from the stream 1. */
function served(path = join(directory, `${++places}`)): { view: ProxyView; lastGood: LastGood } {
  const lastGood = LastGood.load(path, "key", log);
  const view = new ProxyView(lastGood);
  view.request(request(clusters), 1);
  view.response(response(clusters, "n1", { a: "1", b: "1" }), 1);
  view.request(request(clusters, { responseNonce: "n1" }), 1);
  view.request(request(endpoints, { resourceNamesSubscribe: ["a", "b"] }), 1);
  view.response(response(endpoints, "n2", { a: "1" }), 1);
  view.request(request(endpoints, { responseNonce: "n2" }), 1);
  return { view, lastGood };
}

test("a new stream to the control plane is told all that the Envoy asked for, and what it has", () => {
  const { view } = served();
  const told = view.resubscribe().map(({ node, typeUrl, resourceNamesSubscribe, initialResourceVersions }) => ({
    node: node?.id,
    typeUrl,
    resourceNamesSubscribe,
    initialResourceVersions,
  }));
  assert.deepEqual(told, [
    { node: "sidecar~a", typeUrl: clusters, resourceNamesSubscribe: [], initialResourceVersions: { a: "1", b: "1" } },
    { node: undefined, typeUrl: endpoints, resourceNamesSubscribe: ["a", "b"], initialResourceVersions: { a: "1" } },
  ]);
});

test("names beside a wildcard are told with it", () => {
  const { view } = served();
  view.request(request(clusters, { resourceNamesSubscribe: ["c"] }), 1);
  assert.deepEqual(view.resubscribe()[0]?.resourceNamesSubscribe, ["*", "c"]);
});

test("what the Envoy refused is neither what it has nor the last good configuration", () => {
  const { view, lastGood } = served();
  view.response(response(clusters, "n3", { a: "2" }), 1);
  const { refused } = view.request(request(clusters, { responseNonce: "n3", errorDetail: { message: "no" } }), 1);
  assert.equal(refused, "no");
  assert.equal(view.resubscribe()[0]?.initialResourceVersions.a, "1");
  assert.equal(lastGood.resources(clusters)?.get("a")?.version, "1");
});

test("what was sent and not accepted yet is not the last good configuration", () => {
  const { view, lastGood } = served();
  view.response(response(clusters, "n3", { c: "1" }), 1);
  assert.equal(lastGood.resources(clusters)?.has("c"), false);
});

test("removals and names given up leave what the Envoy has, and the last good configuration", () => {
  const { view, lastGood } = served();
  view.response(response(clusters, "n3", {}, ["b"]), 1);
  view.request(request(clusters, { responseNonce: "n3" }), 1);
  view.request(request(endpoints, { resourceNamesUnsubscribe: ["a"] }), 1);
  assert.deepEqual(
    view.resubscribe().map((told) => [told.resourceNamesSubscribe, told.initialResourceVersions]),
    [
      [[], { a: "1" }],
      [["b"], {}],
    ],
  );
  assert.deepEqual([...(lastGood.resources(clusters)?.keys() ?? [])], ["a"]);
  assert.equal(lastGood.resources(endpoints)?.size, 0);
});

const handled: readonly [says: string, nonce: string, change: object, forward: string][] = [
  ["an answer to the stream that is open goes through", "new", {}, "as it is"],
  ["an answer to the stream before it does not", "old", {}, "nothing"],
  ["an answer to the agent does not", "agent-1", {}, "nothing"],
  ["new names in an answer to the stream before do", "old", { resourceNamesSubscribe: ["c"] }, "names"],
  ["a subscription goes through", "", { resourceNamesSubscribe: ["c"] }, "as it is"],
];

for (const [says, nonce, change, forward] of handled) {
  test(`a request of the Envoy: ${says}`, () => {
    const { view } = served();
    view.response(response(endpoints, "old", { b: "1" }), 1);
    view.response(response(endpoints, "agent-1", { b: "2" }), "agent");
    view.response(response(endpoints, "new", { b: "3" }), 2);
    for (const before of ["old", "agent-1"]) {
      if (nonce !== "old" && before !== nonce) view.request(request(endpoints, { responseNonce: before }), 2);
    }
    const handling = view.request(request(endpoints, { responseNonce: nonce, ...change }), 2);
    if (forward === "nothing") return assert.equal(handling.forward, undefined);
    if (forward === "as it is") return assert.equal(handling.forward, "as it is");
    assert.ok(typeof handling.forward === "object");
    assert.deepEqual(handling.forward.resourceNamesSubscribe, ["c"]);
    assert.equal(handling.forward.responseNonce, "");
  });
}

test("an Envoy that starts while the control plane is away gets the last good configuration as it asks for it", () => {
  const path = join(directory, "restarted");
  served(path).lastGood.flush();
  const view = new ProxyView(LastGood.load(path, "key", log));
  view.request(request(clusters), undefined);
  const [all, ...none] = view.fromLastGood();
  assert.deepEqual([versionsOf(all as DeltaDiscoveryResponse), none], [{ a: "1", b: "1" }, []]);
  view.request(request(clusters, { responseNonce: all?.nonce }), undefined);
  assert.deepEqual(view.fromLastGood(), [], "nothing twice");

  view.request(request(endpoints, { resourceNamesSubscribe: ["a", "b"] }), undefined);
  assert.deepEqual(view.fromLastGood().map(versionsOf), [{ a: "1" }], "what is not kept is left open");
  assert.deepEqual(view.fromLastGood(), [], "nothing twice, also before it is accepted");
  assert.deepEqual(
    view.resubscribe()[0]?.initialResourceVersions,
    { a: "1", b: "1" },
    "so only differences come later",
  );
});

test("an Envoy that is connected when the control plane goes away is sent nothing", () => {
  const { view } = served();
  assert.deepEqual(view.fromLastGood(), []);
});
