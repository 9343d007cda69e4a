import type { Duplex } from "node:stream";
import { create, toBinary } from "@bufbuild/protobuf";
import { NodeSchema } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import { frameHeader } from "#grpc/frames.ts";
import { writeDeltaRequest } from "#xds/requests.ts";
import { clusterType, endpointsType, listenerType, routesType, virtualHostType } from "#xds/type-urls.ts";
import type { SharedBodies } from "./bodies.ts";
import { Http2Stream } from "./http2-client.ts";
import { type Response, ResponseReader } from "./response-reader.ts";

const path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

export interface ProxyIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly app: string;
  readonly address: string;
  readonly vhds: boolean;
}

export interface ProxyListener {
  converged(): void;
  response(response: Response): void;
  ended(why: string): void;
}

/**
 * A client that behaves as Envoy does over delta ADS: clusters, then their endpoints, when those are warm listeners,
 * then their route configurations, then, if it takes them by themselves, virtual hosts. It says yes to everything.
 */
export class SimulatedProxy {
  readonly #stream: Http2Stream;
  readonly #listener: ProxyListener;
  readonly #vhds: boolean;
  /** As many virtual hosts make it complete. */
  readonly #services: number;
  /** Names asked for, by type. They are other clients' as well, and so in sets that all of them share. */
  readonly #asked = new Map<string, ReadonlySet<string>[]>();
  /** How many names were asked for and not answered. */
  #awaited = 0;
  #virtualHosts = 0;
  #isConverged = false;
  receivedBytes = 0;

  constructor(
    socket: Duplex,
    identity: ProxyIdentity,
    services: number,
    shared: SharedBodies,
    listener: ProxyListener,
  ) {
    this.#listener = listener;
    this.#vhds = identity.vhds;
    this.#services = services;
    const reader = new ResponseReader(shared, (response) => this.#take(response));
    this.#stream = new Http2Stream(socket, path, {
      data: (piece) => {
        this.receivedBytes += piece.length;
        reader.push(piece);
      },
      ended: (why) => listener.ended(why),
    });
    this.#asked.set(clusterType, []);
    this.#send(writeDeltaRequest({ typeUrl: clusterType, node: nodeOf(identity) }));
  }

  #take(response: Response): void {
    const { typeUrl, nonce, body } = response;
    this.#listener.response(response);
    // Endpoints are asked for before clusters are acknowledged, as Envoy does it.
    if (typeUrl === clusterType) this.#ask(endpointsType, body.leadsTo);
    else if (typeUrl === listenerType) this.#ask(routesType, body.leadsTo);
    this.#send(writeDeltaRequest({ typeUrl, nonce }));
    if (this.#isConverged) return;
    if (typeUrl === virtualHostType) this.#virtualHosts += body.names.length;
    else if (typeUrl === endpointsType || typeUrl === routesType) this.#awaited -= body.names.length;
    if (this.#awaited > 0) return;
    if (typeUrl === endpointsType) this.#askAll(listenerType);
    else if (typeUrl === routesType && this.#vhds) this.#askAll(virtualHostType);
    if (this.#isComplete) {
      this.#isConverged = true;
      this.#listener.converged();
    }
  }

  get #isComplete(): boolean {
    if (!this.#asked.has(routesType)) return false;
    return !this.#vhds || this.#virtualHosts >= this.#services;
  }

  #ask(typeUrl: string, names: ReadonlySet<string>): void {
    const before = this.#asked.get(typeUrl) ?? [];
    const news =
      before.length === 0 ? names : new Set([...names].filter((name) => !before.some((set) => set.has(name))));
    if (news.size === 0) return;
    this.#asked.set(typeUrl, [...before, news]);
    this.#awaited += news.size;
    this.#send(subscription(typeUrl, news));
  }

  #askAll(typeUrl: string): void {
    if (this.#asked.has(typeUrl)) return;
    this.#asked.set(typeUrl, []);
    this.#send(writeDeltaRequest({ typeUrl }));
  }

  #send(request: Uint8Array): void {
    this.#stream.write(Buffer.concat([frameHeader(request.length), request]));
  }
}

const subscriptions = new WeakMap<ReadonlySet<string>, Uint8Array>();

/** The same names give the same bytes, made once. */
function subscription(typeUrl: string, names: ReadonlySet<string>): Uint8Array {
  const known = subscriptions.get(names);
  if (known !== undefined) return known;
  const request = writeDeltaRequest({ typeUrl, subscribe: [...names] });
  subscriptions.set(names, request);
  return request;
}

function nodeOf({ name, namespace, app, address, vhds }: ProxyIdentity): Uint8Array {
  const labels = { app, "security.istio.io/tlsMode": "istio" };
  const node = create(NodeSchema, {
    id: `sidecar~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`,
    cluster: `${app}.${namespace}`,
    userAgentName: "envoy",
    metadata: {
      NAME: name,
      NAMESPACE: namespace,
      SERVICE_ACCOUNT: "default",
      WORKLOAD_NAME: app,
      LABELS: labels,
      INSTANCE_IPS: address,
      ...(vhds && { VHDS: "true" }),
    },
  });
  return toBinary(NodeSchema, node);
}
