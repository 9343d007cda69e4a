import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { milliseconds, seconds } from "#base/duration.ts";
import { GrpcServer } from "#grpc/server.ts";
import type { ConnectedClient } from "./connected-client.ts";
import { EnvoyTrial, until } from "./envoy-trial.ts";
import type { EncodedResource } from "./resource.ts";
import type { Refusal } from "./rollout.ts";
import { XdsServer } from "./server.ts";
import { cluster, endpoints, host, listener, routes } from "./trial-resources.ts";
import { clusterType, endpointsType, virtualHostType } from "./type-urls.ts";

const envoy = new EnvoyTrial();
const refusals: Refusal<ConnectedClient>[] = [];
const xds = new XdsServer({
  open: () => ({ layers: [layer] }),
  events: {
    refused: (refusal) => refusals.push(refusal),
  },
});
const layer = xds.newLayer("all");
let grpc = new GrpcServer({ methods: xds.methods });

const put = (...resources: EncodedResource[]) => xds.publish(resources.map((resource) => ({ layer, resource })));
const sent = (typeUrl: string) => [...xds.clients][0]?.status.find((type) => type.typeUrl === typeUrl)?.sent ?? 0;
const body = async (name: string, domain: string) => (await envoy.get(name, domain)).body;

before(async () => {
  await grpc.listen({ unix: envoy.xdsSocket });
  put(
    cluster("one"),
    endpoints("one", envoy.listenerSocket("80")),
    listener("80", envoy.listenerSocket("80")),
    listener("81", envoy.listenerSocket("81")),
    routes("80"),
    routes("81"),
  );
  put(host("80", "a", "80a"), host("80", "b", "80b"), host("81", "a", "81a"), host("81", "c", "[one]"));
  await envoy.start("DELTA_GRPC");
});

after(async () => {
  await envoy.stop();
  xds.shutdown();
  await grpc.shutdown(seconds(0));
});

const limit = { timeout: 20_000 };

test("an Envoy gets clusters, endpoints, listeners, and virtual hosts of two route configurations", limit, async () => {
  await until(async () => (await body("80", "a")) === "80a" && (await body("81", "a")) === "81a");
  assert.equal(await body("80", "b"), "80b");
  // Virtual host c leads over the cluster to the listener 80, which has none of that name.
  assert.equal((await envoy.get("81", "c")).status, 404);
  assert.deepEqual(refusals, []);
});

test("a changed virtual host travels by itself and is live when its rollout is done", limit, async () => {
  const before = sent(virtualHostType);
  const rollout = put(host("80", "a", "80a, changed"));
  await rollout.done;
  assert.deepEqual([rollout.proxies, rollout.live, rollout.refusals], [1, 1, []]);
  await until(async () => (await body("80", "a")) === "80a, changed");
  assert.equal(await body("80", "b"), "80b");
  assert.equal(sent(virtualHostType), before + 1);
});

test("a route configuration that comes later gets its virtual hosts unasked", limit, async () => {
  const rollout = put(
    cluster("two"),
    endpoints("two", envoy.listenerSocket("80")),
    listener("82", envoy.listenerSocket("82")),
    routes("82"),
    host("82", "a", "82a"),
  );
  await rollout.done;
  await until(async () => (await body("82", "a")) === "82a");
});

test("a virtual host that is removed is gone, and its neighbours stay", limit, async () => {
  await xds.publish([{ layer, typeUrl: virtualHostType, removed: "80/b" }]).done;
  await until(async () => (await envoy.get("80", "b")).status === 404);
  assert.equal(await body("80", "a"), "80a, changed");
});

test("a bad virtual host is refused by name, and holds back none that came with it", limit, async () => {
  const bad = host("80", "bad\nname", "never");
  const rollout = put(host("80", "d", "80d"), bad, host("80", "e", "80e"));
  await rollout.done;
  assert.deepEqual([rollout.proxies, rollout.live], [1, 0]);
  assert.deepEqual(
    rollout.refusals.map(({ typeUrl, names }) => [typeUrl, names]),
    [[virtualHostType, [bad.name]]],
  );
  assert.notEqual(rollout.refusals[0]?.message, "");
  await until(async () => (await body("80", "d")) === "80d" && (await body("80", "e")) === "80e");
  await xds.publish([{ layer, typeUrl: virtualHostType, removed: bad.name }]).done;
});

test("a changed cluster is warm at once, though its endpoints did not change", limit, async () => {
  const changed = await envoy.statistic("cluster_manager.cluster_modified");
  await put(cluster("one", 2000)).done;
  await until(async () => (await envoy.statistic("cluster_manager.cluster_modified")) > changed);
  await until(async () => (await envoy.statistic("cluster_manager.warming_clusters")) === 0);
});

test("a cluster without endpoints is not waited for", limit, async () => {
  await put(cluster("three"), host("80", "f", "80f")).done;
  await until(async () => (await envoy.statistic("cluster_manager.warming_clusters")) === 0);
  assert.equal(await body("80", "f"), "80f");
});

test("a virtual host that is asked for on demand and does not exist is a 404, not a wait", limit, async () => {
  assert.equal((await envoy.get("80", "nobody")).status, 404);
});

test("clusters that nothing leads to any more are removed last", limit, async () => {
  const rollout = xds.publish([
    { layer, typeUrl: clusterType, removed: "one" },
    { layer, typeUrl: endpointsType, removed: "one" },
    { layer, resource: host("81", "c", "[two]") },
  ]);
  await rollout.done;
  assert.deepEqual([rollout.live, rollout.refusals], [1, []]);
  await until(async () => (await envoy.get("81", "c")).status === 404);
});

test("an Envoy that connects again is sent what changed meanwhile, and nothing else", limit, async () => {
  await grpc.shutdown(milliseconds(0));
  put(host("82", "a", "82a, changed"));
  xds.publish([{ layer, typeUrl: virtualHostType, removed: "80/d" }]);
  grpc = new GrpcServer({ methods: xds.methods });
  await grpc.listen({ unix: envoy.xdsSocket });
  await until(async () => (await body("82", "a")) === "82a, changed" && (await envoy.get("80", "d")).status === 404);
  assert.equal(await body("80", "e"), "80e");
  const [client] = xds.clients;
  const sentAgain = client?.status.filter((type) => type.resourcesSent > 0);
  assert.deepEqual(
    sentAgain?.map(({ typeUrl, resourcesSent }) => [typeUrl, resourcesSent]),
    [[virtualHostType, 1]],
  );
});
