import { type Duration, seconds } from "#base/duration.ts";
import type { Methods } from "#grpc/methods.ts";
import type { ServerCall, ServerStreamListener } from "#grpc/server-call.ts";
import { GrpcError, status, statusOf } from "#grpc/status.ts";
import { Catalogue } from "./catalogue.ts";
import { type ClientHost, ConnectedClient } from "./connected-client.ts";
import { Layer } from "./layer.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import type { Form } from "./part.ts";
import { applyChanges, type Change } from "./publish.ts";
import { readDeltaRequest, readSotwRequest } from "./requests.ts";
import type { TypeUrl } from "./resource.ts";
import { type Refusal, Rollout } from "./rollout.ts";
import { secretType } from "./type-urls.ts";

/** What a client that connects gets: the layers it may see, the first that holds a name deciding; or nothing. */
export type Opening = { readonly layers: readonly Layer[] } | { readonly denied: string };

/** What the control plane may want to hear of. */
export interface XdsEvents {
  connected?(client: ConnectedClient): void;
  /** `open` denied it. */
  denied?(client: ConnectedClient, why: string): void;
  disconnected?(client: ConnectedClient): void;
  /** Names that a client asked for just now; `*` for all. */
  subscribed?(client: ConnectedClient, typeUrl: TypeUrl, names: readonly string[]): void;
  acked?(client: ConnectedClient, typeUrl: TypeUrl, version: number): void;
  refused?(refusal: Refusal<ConnectedClient>): void;
}

export interface XdsServerOptions {
  /** Says what a client gets to see. Checking that it is who its node says is up to this. */
  readonly open: (client: ConnectedClient) => Opening | Promise<Opening>;
  readonly events?: XdsEvents;
  readonly limits?: Partial<Limits>;
  /** How long listeners and routes wait for new clusters to be warm, at most; 10 s unless said. */
  readonly holdLimit?: Duration;
}

const discovery = "/envoy.service.discovery.v3.AggregatedDiscoveryService";
const secrets = "/envoy.service.secret.v3.SecretDiscoveryService";

/** Serves xDS: the aggregated service, delta and state of the world, and secrets by their own. */
export class XdsServer {
  /** The server's methods, for a `GrpcServer`. */
  readonly methods: Methods = new Map([
    [`${discovery}/DeltaAggregatedResources`, this.#method("delta")],
    [`${discovery}/StreamAggregatedResources`, this.#method("sotw")],
    [`${secrets}/DeltaSecrets`, this.#method("delta", secretType)],
    [`${secrets}/StreamSecrets`, this.#method("sotw", secretType)],
  ]);
  readonly #options: XdsServerOptions;
  readonly #host: ClientHost;
  readonly #catalogue = new Catalogue();
  readonly #clients = new Set<ConnectedClient>();
  /** Clients whose view holds a layer. */
  readonly #viewers = new Map<Layer, Set<ConnectedClient>>();
  #batch = 0;
  #stopped = false;

  constructor(options: XdsServerOptions) {
    const { events } = options;
    this.#options = options;
    this.#host = {
      catalogue: this.#catalogue,
      limits: { ...defaultLimits, ...options.limits },
      holdLimit: options.holdLimit ?? seconds(10),
      batch: () => this.#batch,
      layersChanged: (client, before, after) => {
        for (const layer of before) this.#look(client, layer, false);
        for (const layer of after) this.#look(client, layer, true);
      },
      subscribed: (client, typeUrl, names) => events?.subscribed?.(client, typeUrl, names),
      acked: (client, typeUrl, version) => events?.acked?.(client, typeUrl, version),
      refused: (refusal) => events?.refused?.(refusal),
    };
  }

  get clients(): ReadonlySet<ConnectedClient> {
    return this.#clients;
  }

  /** An empty layer, to be filled by {@link publish} and given to clients by `open` and `setLayers`. */
  newLayer(label: string): Layer {
    return new Layer(label, this.#catalogue);
  }

  /** Empties a layer that is not needed any more; clients that still see it lose what is in there. */
  dropLayer(layer: Layer): void {
    const removals: Change[] = [];
    for (const typeUrl of layer.types) {
      for (const name of layer.names(typeUrl)) removals.push({ layer, typeUrl, removed: name });
    }
    this.publish(removals);
  }

  /**
   * Changes layers, all at once, and sends every client what that changes for it.
   *
   * @param moves  clients that are to see other layers from now on: they are sent what differs, once those are filled
   */
  publish(
    changes: Iterable<Change>,
    moves: Iterable<readonly [ConnectedClient, readonly Layer[]]> = [],
  ): Rollout<ConnectedClient> {
    const version = ++this.#batch;
    const applied = applyChanges(changes);
    const rollout = new Rollout<ConnectedClient>(version, applied.keys);
    const concerned = new Set<ConnectedClient>();
    for (const [layer, types] of applied.layers) {
      for (const client of this.#viewers.get(layer) ?? []) {
        for (const [typeUrl, ofType] of types) if (client.layerChanged(layer, typeUrl, ofType)) concerned.add(client);
      }
    }
    applied.release();
    const moving = [...moves].filter(([client]) => this.#clients.has(client));
    for (const [client] of moving) concerned.add(client);
    for (const client of concerned) client.awaits(rollout);
    for (const [client, layers] of moving) client.setLayers(layers);
    rollout.started();
    for (const client of concerned) client.flush();
    return rollout;
  }

  /** Ends every stream with UNAVAILABLE, which makes clients connect elsewhere or later, and takes no new ones. */
  shutdown(): void {
    this.#stopped = true;
    for (const client of this.#clients) client.disconnect(stopping());
  }

  #method(form: Form, impliedType?: TypeUrl) {
    return { kind: "stream" as const, handle: (call: ServerCall) => this.#serve(call, form, impliedType) };
  }

  #serve(call: ServerCall, form: Form, impliedType: TypeUrl | undefined): ServerStreamListener {
    if (this.#stopped) throw stopping();
    let client: ConnectedClient | undefined;
    /** Messages that came while `open` was thinking. */
    let early: Uint8Array[] | undefined;
    const opened = (is: ConnectedClient, opening: Opening) => {
      if (call.signal.aborted) {
        // It left while `open` was thinking, which may have noted it.
        this.#options.events?.disconnected?.(is);
        return;
      }
      if ("denied" in opening) {
        this.#options.events?.denied?.(is, opening.denied);
        throw new GrpcError(status.permissionDenied, opening.denied);
      }
      client = is;
      this.#clients.add(is);
      is.setLayers(opening.layers);
      this.#options.events?.connected?.(is);
      for (const message of early ?? []) is.receive(message, impliedType);
      early = undefined;
    };
    return {
      message: (bytes) => {
        if (client !== undefined) client.receive(bytes, impliedType);
        else if (early !== undefined) early.push(bytes);
        else {
          early = [bytes];
          const is = new ConnectedClient(this.#host, call, form, nodeOf(bytes, form));
          const opening = this.#options.open(is);
          if (!(opening instanceof Promise)) opened(is, opening);
          else {
            call.pause();
            opening
              .then((answer) => opened(is, answer))
              .catch((thrown) => call.fail(statusOf(thrown)))
              .finally(() => call.resume());
          }
        }
      },
      closed: () => {
        if (client === undefined || !this.#clients.delete(client)) return;
        for (const layer of client.layers) this.#look(client, layer, false);
        client.closed();
        this.#options.events?.disconnected?.(client);
      },
    };
  }

  #look(client: ConnectedClient, layer: Layer, looks: boolean): void {
    const viewers = this.#viewers.get(layer) ?? new Set();
    if (looks) viewers.add(client);
    else viewers.delete(client);
    if (viewers.size > 0) this.#viewers.set(layer, viewers);
    else this.#viewers.delete(layer);
  }
}

function stopping(): GrpcError {
  return new GrpcError(status.unavailable, "the control plane is stopping");
}

function nodeOf(message: Uint8Array, form: Form): Uint8Array {
  try {
    const { node } = form === "delta" ? readDeltaRequest(message) : readSotwRequest(message);
    if (node !== undefined) return node;
  } catch {
    throw new GrpcError(status.invalidArgument, "the message is no discovery request");
  }
  throw new GrpcError(status.invalidArgument, "the first request has no node");
}
