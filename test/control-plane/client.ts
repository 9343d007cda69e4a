import { create, type JsonObject, toBinary } from "@bufbuild/protobuf";
import { milliseconds } from "#base/duration.ts";
import { NodeSchema } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import { Channel, type ConnectTo } from "#grpc/client.ts";
import type { GrpcError } from "#grpc/status.ts";
import { DeltaClient } from "#xds/client.ts";
import type { TypeUrl } from "#xds/resource.ts";
import type { DeltaResponse } from "#xds/responses.ts";
import { clusterType, endpointsType, listenerType, routesType, virtualHostType } from "#xds/type-urls.ts";

export const allTypes = [clusterType, endpointsType, listenerType, routesType, virtualHostType];

export interface Who {
  readonly name: string;
  readonly namespace?: string;
  readonly serviceAccount?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly kind?: "sidecar" | "router";
  /** Instead of the one that the rest makes. */
  readonly id?: string;
  readonly metadata?: JsonObject;
}

export function encodedNode({ name, namespace = "shop", serviceAccount = "default", labels, kind, id, metadata }: Who) {
  const node = create(NodeSchema, {
    id: id ?? `${kind ?? "sidecar"}~10.128.0.2~${name}.${namespace}~${namespace}.svc.cluster.local`,
    cluster: `${name}.${namespace}`,
    metadata: {
      NAME: name,
      NAMESPACE: namespace,
      SERVICE_ACCOUNT: serviceAccount,
      LABELS: labels ?? { app: name },
      VHDS: "true",
      ...metadata,
    },
  });
  return toBinary(NodeSchema, node);
}

/** A proxy without an Envoy: takes everything of every type, and refuses what it is told to. */
export class Client implements Disposable {
  readonly has = new Map<TypeUrl, Map<string, Uint8Array>>(allTypes.map((type) => [type, new Map()]));
  /** Each name that was ever taken away. */
  readonly removed: string[] = [];
  /** Why streams ended. */
  readonly losses: (GrpcError | undefined)[] = [];
  refuses: (name: string, body: Uint8Array) => string | undefined = () => undefined;
  readonly #channel: Channel;
  readonly #client: DeltaClient;
  #wake: () => void = () => undefined;

  constructor(to: ConnectTo, who: Who) {
    this.#channel = new Channel(to);
    this.#client = new DeltaClient({
      channel: this.#channel,
      node: encodedNode(who),
      take: (response) => this.#take(response),
      lost: (error) => {
        this.losses.push(error);
        this.#wake();
      },
      maxBackOff: milliseconds(20),
    });
    for (const type of allTypes) this.#client.subscribe(type);
    this.#client.start();
  }

  names(type: TypeUrl): readonly string[] {
    return [...(this.has.get(type)?.keys() ?? [])].sort();
  }

  /** Waits until something is so of what it has. */
  async until<T>(what: () => T): Promise<NonNullable<T>> {
    for (;;) {
      const found = what();
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  [Symbol.dispose](): void {
    this.#client.stop();
    this.#channel.close();
  }

  #take({ typeUrl, resources, removed }: DeltaResponse): string | undefined {
    const why = resources.map(({ name, body }) => body && this.refuses(name, body)).find((text) => text !== undefined);
    if (why === undefined) {
      const held = this.has.get(typeUrl);
      for (const { name, body } of resources) if (body !== undefined) held?.set(name, body);
      for (const name of removed) {
        held?.delete(name);
        this.removed.push(name);
      }
    }
    // Told when the answer is on its way.
    queueMicrotask(() => this.#wake());
    return why;
  }
}
