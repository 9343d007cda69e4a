import assert from "node:assert/strict";
import { put, resource, scene } from "./conversation-stage.ts";
import { sotwScript } from "./scripted-client.ts";
import { clusterType as cds, endpointsType as eds, listenerType as lds } from "./type-urls.ts";

scene("sotw: clusters are listed whole, endpoints as they change", sotwScript, async ({ layer, client, node }) => {
  const bodies = async () => {
    const { bodies, nonce, version, typeUrl } = await client.answer();
    return { typeUrl, nonce, version, says: bodies.map((body) => Buffer.from(body).toString()) };
  };
  put(layer, resource(cds, "a"), resource(cds, "b"), resource(eds, "a"), resource(eds, "b"));
  client.send({ typeUrl: cds, node });
  const clusters = await bodies();
  assert.deepEqual(clusters.says, ["a@1", "b@1"]);
  client.send({ typeUrl: cds, nonce: clusters.nonce, version: clusters.version });
  client.send({ typeUrl: eds, names: ["a", "b"] });
  const endpoints = await bodies();
  assert.deepEqual(endpoints.says, ["a@1", "b@1"]);
  client.send({ typeUrl: eds, names: ["a", "b"], nonce: endpoints.nonce, version: endpoints.version });
  put(layer, resource(eds, "b", "2"));
  const changed = await bodies();
  assert.deepEqual(changed.says, ["b@2"]);
  client.send({ typeUrl: eds, names: ["a", "b"], nonce: changed.nonce, version: changed.version });
  put(layer, resource(cds, "b", "2"));
  const listed = await bodies();
  assert.deepEqual([listed.typeUrl, listed.says], [cds, ["a@1", "b@2"]]);
  // Envoy asks for the endpoints of its new cluster, by the names and nonce that it had, before it acknowledges.
  client.send({ typeUrl: eds, names: ["a", "b"], nonce: changed.nonce, version: changed.version });
  assert.deepEqual((await bodies()).says, ["a@1", "b@2"]);
});

scene("sotw: endpoints that do not exist are answered by ones without any", sotwScript, async ({ client, node }) => {
  client.send({ typeUrl: eds, node, names: ["nobody"] });
  const { bodies } = await client.answer();
  assert.deepEqual(bodies, [Buffer.from("\n\x06nobody")]);
});

scene("sotw: a refused response is told of by its names", sotwScript, async ({ layer, client, node, served }) => {
  client.send({ typeUrl: lds, node });
  const none = await client.answer();
  client.send({ typeUrl: lds, nonce: none.nonce, version: none.version });
  const rollout = put(layer, resource(lds, "a"));
  client.send({
    typeUrl: lds,
    nonce: (await client.answer()).nonce,
    version: none.version,
    refused: { message: "no" },
  });
  await rollout.done;
  assert.deepEqual(
    rollout.refusals.map(({ names, message }) => [names, message]),
    [[["a"], "no"]],
  );
  assert.equal((await served).status[0]?.state, "refused");
});
