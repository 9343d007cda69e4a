import assert from "node:assert/strict";
import { put, remove, resource, scene, xds } from "./conversation-stage.ts";
import type { DeltaResponse } from "./responses.ts";
import { deltaScript } from "./scripted-client.ts";
import { clusterType as cds, endpointsType as eds, routesType as rds, virtualHostType as vhds } from "./type-urls.ts";

const versions = (response: DeltaResponse) => response.resources.map(({ name, version }) => `${name}@${version}`);

scene("delta: all clusters, then just what changes, then removals", deltaScript, async ({ layer, client, node }) => {
  put(layer, resource(cds, "a"), resource(cds, "b"));
  client.send({ typeUrl: cds, node });
  const first = await client.answer();
  assert.deepEqual(versions(first), ["a@1", "b@1"]);
  client.send({ typeUrl: cds, nonce: first.nonce });
  const rollout = put(layer, resource(cds, "b", "2"));
  const second = await client.answer();
  assert.deepEqual([versions(second), rollout.proxies, rollout.live], [["b@2"], 1, 0]);
  client.send({ typeUrl: cds, nonce: second.nonce });
  await rollout.done;
  assert.equal(rollout.live, 1);
  remove(layer, cds, "a");
  assert.deepEqual((await client.answer()).removed, ["a"]);
});

scene("delta: a view without any clusters is answered too", deltaScript, async ({ client, node }) => {
  client.send({ typeUrl: cds, node });
  assert.deepEqual((await client.answer()).resources, []);
});

scene(
  "delta: a name that does not exist is removed, and sent once it exists",
  deltaScript,
  async ({ layer, client, node }) => {
    client.send({ typeUrl: eds, node, subscribe: ["later"] });
    const none = await client.answer();
    assert.deepEqual(none.removed, ["later"]);
    client.send({ typeUrl: eds, nonce: none.nonce });
    put(layer, resource(eds, "later"), resource(eds, "nobody asked"));
    assert.deepEqual(versions(await client.answer()), ["later@1"]);
  },
);

scene("delta: a name asked for once more is sent once more", deltaScript, async ({ layer, client, node }) => {
  put(layer, resource(eds, "a"));
  client.send({ typeUrl: eds, node, subscribe: ["a"] });
  client.send({ typeUrl: eds, nonce: (await client.answer()).nonce });
  client.send({ typeUrl: eds, subscribe: ["a"] });
  assert.deepEqual(versions(await client.answer()), ["a@1"]);
});

scene("delta: what is not subscribed any more is not sent", deltaScript, async ({ layer, client, node }) => {
  put(layer, resource(eds, "a"), resource(eds, "b"));
  client.send({ typeUrl: eds, node, subscribe: ["a", "b"] });
  client.send({ typeUrl: eds, nonce: (await client.answer()).nonce, unsubscribe: ["a"] });
  client.send({ typeUrl: rds, subscribe: ["passed"] });
  await client.answer();
  put(layer, resource(eds, "a", "2"), resource(eds, "b", "2"));
  assert.deepEqual(versions(await client.answer()), ["b@2"]);
});

scene(
  "delta: a client that comes back is sent what differs from what it has",
  deltaScript,
  async ({ layer, client, node }) => {
    put(layer, resource(cds, "same"), resource(cds, "newer", "2"), resource(cds, "new"));
    const has = new Map(["same", "newer", "gone"].map((name) => [name, "1"]));
    client.send({ typeUrl: cds, node, initialVersions: has });
    const answer = await client.answer();
    assert.deepEqual([versions(answer), answer.removed], [["new@1", "newer@2"], ["gone"]]);
  },
);

scene("delta: a slow client gets the newest of what it missed, once", deltaScript, async ({ layer, client, node }) => {
  put(layer, resource(cds, "a"));
  client.send({ typeUrl: cds, node });
  const first = await client.answer();
  const rollouts = [2, 3, 4].map((version) => put(layer, resource(cds, "a", String(version))));
  client.send({ typeUrl: cds, nonce: first.nonce });
  const second = await client.answer();
  assert.deepEqual(versions(second), ["a@4"]);
  client.send({ typeUrl: cds, nonce: second.nonce });
  await Promise.all(rollouts.map((rollout) => rollout.done));
});

scene(
  "delta: an answer to a response before the last one changes nothing",
  deltaScript,
  async ({ layer, client, node, served }) => {
    put(layer, resource(cds, "a"));
    client.send({ typeUrl: cds, node });
    const first = await client.answer();
    client.send({ typeUrl: cds, nonce: first.nonce });
    put(layer, resource(cds, "a", "2"));
    await client.answer();
    client.send({ typeUrl: cds, nonce: first.nonce, refused: { message: "old news" } });
    client.send({ typeUrl: eds, subscribe: ["passed"] });
    await client.answer();
    const type = (await served).status.find(({ typeUrl }) => typeUrl === cds);
    assert.deepEqual([type?.state, type?.refused], ["pending", 0]);
  },
);

scene(
  "delta: one bad resource of six is found, and the others live",
  deltaScript,
  async ({ layer, client, node, served }) => {
    client.send({ typeUrl: cds, node });
    client.send({ typeUrl: cds, nonce: (await client.answer()).nonce });
    const names = ["a", "b", "bad", "d", "e", "f"];
    const rollout = put(layer, ...names.map((name) => resource(cds, name)));
    const taken: string[] = [];
    let isFound = false;
    while (taken.length < 5 || !isFound) {
      const { nonce, resources } = await client.answer();
      const isBad = resources.some(({ name }) => name === "bad");
      if (!isBad) taken.push(...resources.map(({ name }) => name));
      if (isBad && resources.length === 1) isFound = true;
      client.send({ typeUrl: cds, nonce, refused: isBad ? { message: "bad is bad" } : undefined });
    }
    assert.deepEqual(
      taken.sort(),
      names.filter((name) => name !== "bad"),
    );
    await rollout.done;
    assert.deepEqual([rollout.proxies, rollout.live], [1, 0]);
    assert.deepEqual(
      rollout.refusals.map(({ names, message }) => [names, message]),
      [[["bad"], "bad is bad"]],
    );
    const type = (await served).status[0];
    assert.deepEqual([type?.state, type?.refusedResources.map(({ name }) => name)], ["refused", ["bad"]]);
    // The same bad version is not tried again; the next one is.
    put(layer, resource(cds, "a", "2"));
    const next = await client.answer();
    assert.deepEqual(versions(next), ["a@2"]);
    client.send({ typeUrl: cds, nonce: next.nonce });
    const better = put(layer, resource(cds, "bad", "2"));
    const last = await client.answer();
    assert.deepEqual(versions(last), ["bad@2"]);
    client.send({ typeUrl: cds, nonce: last.nonce });
    await better.done;
    assert.equal(better.live, 1);
  },
);

scene(
  "delta: routes wait for new clusters and their endpoints, removed clusters for the routes",
  deltaScript,
  async ({ layer, client, node }) => {
    put(layer, resource(cds, "old"), resource(rds, "80"));
    client.send({ typeUrl: cds, node });
    client.send({ typeUrl: cds, nonce: (await client.answer()).nonce });
    client.send({ typeUrl: rds, subscribe: ["80"] });
    client.send({ typeUrl: rds, nonce: (await client.answer()).nonce });
    const rollout = xds.publish([
      { layer, resource: resource(rds, "80", "2") },
      { layer, resource: resource(cds, "new") },
      { layer, resource: resource(eds, "new") },
      { layer, typeUrl: cds, removed: "old" },
    ]);
    const order: string[] = [];
    const take = async () => {
      const answer = await client.answer();
      order.push(...versions(answer), ...answer.removed.map((name) => `no ${name}`));
      return answer;
    };
    const clusters = await take();
    client.send({ typeUrl: eds, subscribe: ["new"] });
    const endpoints = await take();
    client.send({ typeUrl: cds, nonce: clusters.nonce });
    client.send({ typeUrl: eds, nonce: endpoints.nonce });
    client.send({ typeUrl: rds, nonce: (await take()).nonce });
    client.send({ typeUrl: cds, nonce: (await take()).nonce });
    await rollout.done;
    assert.deepEqual(order, ["new@1", "new@1", "80@2", "no old"]);
  },
);

scene(
  "delta: routes are not held back for ever by clusters that never get warm",
  deltaScript,
  async ({ layer, client, node }) => {
    put(layer, resource(cds, "a"), resource(rds, "80"));
    client.send({ typeUrl: cds, node });
    await client.answer();
    client.send({ typeUrl: rds, subscribe: ["80"] });
    assert.deepEqual(versions(await client.answer()), ["80@1"]);
  },
);

scene("delta: virtual hosts follow their route configurations", deltaScript, async ({ layer, client, node }) => {
  put(
    layer,
    resource(rds, "80"),
    resource(rds, "81"),
    resource(vhds, "80/a"),
    resource(vhds, "81/a"),
    resource(vhds, "82/a"),
  );
  client.send({ typeUrl: rds, node, subscribe: ["80"] });
  const routes = await client.answer();
  client.send({ typeUrl: vhds });
  client.send({ typeUrl: rds, nonce: routes.nonce });
  const hosts = await client.answer();
  assert.deepEqual(versions(hosts), ["80/a@1"]);
  client.send({ typeUrl: vhds, nonce: hosts.nonce });
  client.send({ typeUrl: rds, subscribe: ["81"] });
  client.send({ typeUrl: rds, nonce: (await client.answer()).nonce });
  const later = await client.answer();
  assert.deepEqual(versions(later), ["81/a@1"]);
  client.send({ typeUrl: vhds, nonce: later.nonce });
  client.send({ typeUrl: rds, unsubscribe: ["80"] });
  const dropped = await client.answer();
  assert.deepEqual([dropped.typeUrl, dropped.removed], [vhds, ["80/a"]]);
  client.send({ typeUrl: vhds, nonce: dropped.nonce });
  put(layer, resource(vhds, "80/a", "2"), resource(vhds, "81/a", "2"));
  assert.deepEqual(versions(await client.answer()), ["81/a@2"]);
});

scene(
  "delta: a virtual host asked for by a name that nobody has is answered under that name",
  deltaScript,
  async ({ client, node }) => {
    client.send({ typeUrl: vhds, node, subscribe: ["80/nobody"] });
    const { resources, removed } = await client.answer();
    assert.deepEqual([resources, removed], [[{ name: "80/nobody", version: "", body: undefined }], []]);
  },
);

scene("delta: other layers bring just the difference", deltaScript, async ({ layer, client, node, served }) => {
  const other = xds.newLayer("other");
  put(layer, resource(cds, "a"), resource(cds, "b"), resource(cds, "c"));
  put(other, resource(cds, "a"), resource(cds, "b", "2"));
  client.send({ typeUrl: cds, node });
  client.send({ typeUrl: cds, nonce: (await client.answer()).nonce });
  (await served).setLayers([other]);
  const answer = await client.answer();
  assert.deepEqual([versions(answer), answer.removed], [["b@2"], ["c"]]);
});
