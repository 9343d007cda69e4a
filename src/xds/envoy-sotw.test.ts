import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { seconds } from "#base/duration.ts";
import { GrpcServer } from "#grpc/server.ts";
import { EnvoyTrial, until } from "./envoy-trial.ts";
import type { EncodedResource } from "./resource.ts";
import { XdsServer } from "./server.ts";
import { cluster, endpoints, listener, wholeRoutes } from "./trial-resources.ts";
import { clusterType } from "./type-urls.ts";

const envoy = new EnvoyTrial();
const xds = new XdsServer({ open: () => ({ layers: [layer] }) });
const layer = xds.newLayer("all");
const grpc = new GrpcServer({ methods: xds.methods });

const put = (...resources: EncodedResource[]) => xds.publish(resources.map((resource) => ({ layer, resource })));
const body = async (name: string) => (await envoy.get(name, "a")).body;
const at = (name: string) => envoy.listenerSocket(name);

before(async () => {
  await grpc.listen({ unix: envoy.xdsSocket });
  put(listener("back", at("back")), wholeRoutes("back", "a", "from the back"));
  put(cluster("one"), endpoints("one", at("back")), listener("front", at("front")), wholeRoutes("front", "a", "[one]"));
  await envoy.start("GRPC");
});

after(async () => {
  await envoy.stop();
  xds.shutdown();
  await grpc.shutdown(seconds(0));
});

const limit = { timeout: 20_000 };

test("an Envoy that speaks state of the world gets all four types", limit, async () => {
  await until(async () => (await body("front")) === "from the back");
});

test("a changed cluster is warm at once, though its endpoints did not change", limit, async () => {
  const changed = await envoy.statistic("cluster_manager.cluster_modified");
  await put(cluster("one", 2000)).done;
  await until(async () => (await envoy.statistic("cluster_manager.cluster_modified")) > changed);
  await until(async () => (await envoy.statistic("cluster_manager.warming_clusters")) === 0);
});

test("a cluster without endpoints is not waited for", limit, async () => {
  await put(cluster("none"), wholeRoutes("back", "a", "still from the back")).done;
  await until(async () => (await body("front")) === "still from the back");
  assert.equal(await envoy.statistic("cluster_manager.warming_clusters"), 0);
});

test("a route changes from one cluster to another without an answer lost", limit, async () => {
  const answers: string[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) answers.push(await body("front"));
  })();
  const rollout = xds.publish([
    { layer, typeUrl: clusterType, removed: "one" },
    { layer, resource: wholeRoutes("front", "a", "[two]") },
    { layer, resource: cluster("two") },
    { layer, resource: endpoints("two", at("back")) },
  ]);
  await rollout.done;
  assert.deepEqual([rollout.live, rollout.refusals], [1, []]);
  await until(async () => (await envoy.statistic("cluster_manager.cluster_removed")) === 1);
  isOver = true;
  await asking;
  assert.deepEqual([...new Set(answers)], ["still from the back"]);
});
