import { fromBinary } from "@bufbuild/protobuf";
import {
  ClusterSchema,
  Cluster_DiscoveryType as DiscoveryType,
} from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { HttpConnectionManagerSchema } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { readDeltaResponse } from "#xds/responses.ts";
import { clusterType, listenerType } from "#xds/type-urls.ts";

/** What a client does with the resources of a response, found out once for all clients that get the same bytes. */
export class Body {
  readonly names: readonly string[];
  /** Names of another type that the resources lead to: endpoints of clusters, route configurations of listeners. */
  readonly leadsTo: ReadonlySet<string>;
  readonly #bytes: Buffer;

  constructor(typeUrl: string, bytes: Uint8Array) {
    const { resources } = readDeltaResponse(bytes);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.names = resources.map(({ name }) => name);
    const leads = typeUrl === clusterType ? endpointsOf : typeUrl === listenerType ? routesOf : () => [];
    this.leadsTo = new Set(resources.flatMap(({ body }) => (body === undefined ? [] : leads(body))));
  }

  holds(text: string): boolean {
    return this.#bytes.includes(text);
  }
}

function endpointsOf(bytes: Uint8Array): string[] {
  const { clusterDiscoveryType, edsClusterConfig, name } = fromBinary(ClusterSchema, bytes);
  if (clusterDiscoveryType.case !== "type" || clusterDiscoveryType.value !== DiscoveryType.EDS) return [];
  return [edsClusterConfig?.serviceName || name];
}

function routesOf(bytes: Uint8Array): string[] {
  const { filterChains, defaultFilterChain } = fromBinary(ListenerSchema, bytes);
  const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
  return chains.flatMap(({ filters }) =>
    filters.flatMap(({ configType }) => {
      if (configType.case !== "typedConfig" || !configType.value.typeUrl.endsWith(".HttpConnectionManager")) return [];
      const { routeSpecifier } = fromBinary(HttpConnectionManagerSchema, configType.value.value);
      return routeSpecifier.case === "rds" ? [routeSpecifier.value.routeConfigName] : [];
    }),
  );
}

/** The bytes of a large body that many clients are getting now, filled by whoever of them is furthest. */
export class SharedBytes {
  readonly bytes: Buffer;
  #filled = 0;
  #body: Body | undefined;

  constructor(length: number) {
    this.bytes = Buffer.allocUnsafeSlow(length);
  }

  /** Whether a client's piece is the same as everybody's; it is, where it is the first. */
  takes(piece: Uint8Array, at: number): boolean {
    const known = Math.min(this.#filled - at, piece.length);
    if (known > 0 && this.bytes.compare(piece, 0, known, at, at + known) !== 0) return false;
    if (known < piece.length) {
      this.bytes.set(known > 0 ? piece.subarray(known) : piece, Math.max(at, this.#filled));
      this.#filled = at + piece.length;
    }
    return true;
  }

  body(typeUrl: string): Body {
    this.#body ??= new Body(typeUrl, this.bytes);
    return this.#body;
  }
}

const keptAtMost = 12;

/** Large bodies that were sent of late. */
export class SharedBodies {
  readonly #recent = new Map<string, SharedBytes>();

  get(typeUrl: string, length: number): SharedBytes {
    const key = `${typeUrl} ${length}`;
    let shared = this.#recent.get(key);
    if (shared === undefined) {
      shared = new SharedBytes(length);
      this.#recent.set(key, shared);
      const [oldest] = this.#recent.keys();
      if (this.#recent.size > keptAtMost && oldest !== undefined) this.#recent.delete(oldest);
    }
    return shared;
  }

  clear(): void {
    this.#recent.clear();
  }
}
