import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "#grpc/status.ts";
import { encodedNode, layers, put, resource, unix, xds } from "./conversation-stage.ts";
import { type DeltaScript, deltaScript } from "./scripted-client.ts";
import { clusterType as cds, endpointsType as eds } from "./type-urls.ts";

test("a client that disconnects does not count for a rollout any more", { timeout: 10_000 }, async () => {
  const layer = xds.newLayer("leaver");
  layers.set("leaver", layer);
  const client = deltaScript(unix);
  client.send({ typeUrl: cds, node: encodedNode("leaver") });
  client.send({ typeUrl: cds, nonce: (await client.answer()).nonce });
  const rollout = put(layer, resource(cds, "a"));
  await client.answer();
  assert.deepEqual([rollout.proxies, rollout.live, rollout.settled], [1, 0, false]);
  client.close();
  await rollout.done;
  assert.deepEqual([rollout.proxies, rollout.live], [0, 0]);
});

const ends: readonly [what: string, send: (client: DeltaScript) => void, code: number][] = [
  [
    "whom the control plane does not know",
    (client) => client.send({ typeUrl: cds, node: encodedNode("stranger") }),
    status.permissionDenied,
  ],
  ["without a node", (client) => client.send({ typeUrl: cds }), status.invalidArgument],
  [
    "with a node that is none",
    (client) => client.send({ typeUrl: cds, node: Buffer.from([0xff]) }),
    status.invalidArgument,
  ],
  ["without a type", (client) => client.send({ node: encodedNode("leaver") }), status.invalidArgument],
  [
    "with a name too long",
    (client) => client.send({ typeUrl: eds, node: encodedNode("leaver"), subscribe: ["x".repeat(101)] }),
    status.invalidArgument,
  ],
  [
    "with too many names",
    (client) =>
      client.send({
        typeUrl: eds,
        node: encodedNode("leaver"),
        subscribe: Array.from({ length: 51 }, (_, n) => `n${n}`),
      }),
    status.resourceExhausted,
  ],
  [
    "with too many types",
    (client) => {
      for (let n = 0; n < 9; n++) client.send({ typeUrl: `type${n}`, node: encodedNode("leaver"), subscribe: ["x"] });
    },
    status.resourceExhausted,
  ],
];

for (const [what, send, code] of ends) {
  test(`a client ${what} is turned away with status ${code}`, { timeout: 10_000 }, async () => {
    const client = deltaScript(unix);
    send(client);
    assert.equal((await client.ended)?.code, code);
    client.close();
  });
}
