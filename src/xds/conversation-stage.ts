// What the tests of conversations play on: a server on a real unix socket, and a layer for each client.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { milliseconds, seconds } from "#base/duration.ts";
import { NodeSchema } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import { GrpcServer } from "#grpc/server.ts";
import type { ConnectedClient } from "./connected-client.ts";
import type { Layer } from "./layer.ts";
import type { EncodedResource, TypeUrl } from "./resource.ts";
import type { DeltaScript, SotwScript } from "./scripted-client.ts";
import { XdsServer } from "./server.ts";

const directory = mkdtempSync(join(tmpdir(), "stod-xds-"));
export const unix = join(directory, "xds.sock");
export const layers = new Map<string, Layer>();
const joined = new Map<string, (client: ConnectedClient) => void>();
export const xds = new XdsServer({
  // A client gets the layer that is called as its node.
  open: async ({ node }) => {
    const layer = layers.get(node.id);
    return layer === undefined ? { denied: `there is no ${node.id}` } : { layers: [layer] };
  },
  events: { connected: (client) => joined.get(client.node.id)?.(client) },
  limits: { maxNames: 50, maxNameLength: 100, maxTypes: 8 },
  holdLimit: milliseconds(200),
});
const grpc = new GrpcServer({ methods: xds.methods });

before(() => grpc.listen({ unix }));
after(async () => {
  xds.shutdown();
  await grpc.shutdown(seconds(0));
  rmSync(directory, { recursive: true });
});

export interface Stage<Script> {
  readonly layer: Layer;
  readonly client: Script;
  /** The encoded node, for the first request. */
  readonly node: Uint8Array;
  /** The server's end, once the client is in. */
  readonly served: Promise<ConnectedClient>;
}

/** A test of one client, with a layer of its own. */
export function scene<Script extends DeltaScript | SotwScript>(
  says: string,
  start: (unix: string) => Script,
  play: (stage: Stage<Script>) => Promise<void>,
): void {
  test(says, { timeout: 10_000 }, async () => {
    const layer = xds.newLayer(says);
    layers.set(says, layer);
    const served = new Promise<ConnectedClient>((resolve) => joined.set(says, resolve));
    const client = start(unix);
    await play({ layer, client, node: encodedNode(says), served });
    client.close();
  });
}

export const resource = (typeUrl: TypeUrl, name: string, version = "1"): EncodedResource => ({
  typeUrl,
  name,
  version,
  body: Buffer.from(`${name}@${version}`),
});
export const put = (layer: Layer, ...resources: EncodedResource[]) =>
  xds.publish(resources.map((each) => ({ layer, resource: each })));
export const remove = (layer: Layer, typeUrl: TypeUrl, ...names: string[]) =>
  xds.publish(names.map((removed) => ({ layer, typeUrl, removed })));

/** The encoded node of a client of this id. */
export function encodedNode(id: string): Uint8Array {
  return toBinary(NodeSchema, create(NodeSchema, { id }));
}
