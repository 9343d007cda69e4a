import { fromBinary } from "@bufbuild/protobuf";
import type { Duration } from "#base/duration.ts";
import { type Node, NodeSchema } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import type { Peer } from "#grpc/peer.ts";
import type { ServerCall } from "#grpc/server-call.ts";
import { GrpcError, status } from "#grpc/status.ts";
import type { Catalogue } from "./catalogue.ts";
import { type Allowed, nextDelta, takeDeltaNames, takeDeltaRefusal } from "./delta.ts";
import type { Layer } from "./layer.ts";
import { checkCount, checkLengths, type Limits } from "./limits.ts";
import { meaningOf } from "./meaning.ts";
import { type Activities, mayChange, mayRemove, rankOf } from "./order.ts";
import type { Form } from "./part.ts";
import { type DeltaRequest, readDeltaRequest, readSotwRequest, type SotwRequest } from "./requests.ts";
import type { TypeUrl } from "./resource.ts";
import type { Refusal, Rollout } from "./rollout.ts";
import { nextSotw, takeSotwNames, takeSotwRefusal } from "./sotw.ts";
import { type TypeStatus, typeStatus } from "./status.ts";
import { type LayerChange, Subscriptions } from "./subscriptions.ts";
import { clusterType, endpointsType } from "./type-urls.ts";
import type { Watch } from "./watch.ts";

/** What a client needs of its server. */
export interface ClientHost {
  readonly catalogue: Catalogue;
  readonly limits: Limits;
  /** How long listeners and routes wait for new clusters at most. */
  readonly holdLimit: Duration;
  /** The number of the newest batch. */
  batch(): number;
  layersChanged(client: ConnectedClient, before: readonly Layer[], after: readonly Layer[]): void;
  subscribed(client: ConnectedClient, typeUrl: TypeUrl, names: readonly string[]): void;
  acked(client: ConnectedClient, typeUrl: TypeUrl, version: number): void;
  refused(refusal: Refusal<ConnectedClient>): void;
}

/** A stream of one client: what it asks for comes in, and what it is to have goes out. */
export class ConnectedClient {
  readonly node: Node;
  readonly form: Form;
  readonly connectedAt: Date = new Date();
  readonly #call: ServerCall;
  readonly #host: ClientHost;
  readonly #subscriptions: Subscriptions;
  readonly #ranked: Watch[] = [];
  #nonce = 0;
  /** Clusters were sent, and not all of their endpoints may have been acknowledged. */
  #clustersChanged = false;
  #hold: NodeJS.Timeout | undefined;
  #heldTooLong = false;
  #rollouts: Rollout<ConnectedClient>[] = [];

  /** @throws GrpcError  where the node is not one */
  constructor(host: ClientHost, call: ServerCall, form: Form, node: Uint8Array) {
    this.#host = host;
    this.#call = call;
    this.form = form;
    this.node = decodeNode(node);
    this.#subscriptions = new Subscriptions(host.catalogue, () => host.batch());
  }

  get peer(): Peer {
    return this.#call.peer;
  }

  get layers(): readonly Layer[] {
    return this.#subscriptions.view.layers;
  }

  /** Bytes that wait for the client to read them. */
  get pendingBytes(): number {
    return this.#call.pendingBytes;
  }

  /** How it stands with each type that the client is subscribed to. */
  get status(): readonly TypeStatus[] {
    return this.#ranked.map(typeStatus);
  }

  /** Shows the client other layers, and sends it what differs. */
  setLayers(layers: readonly Layer[]): void {
    const before = this.layers;
    this.#subscriptions.show(layers);
    this.#host.layersChanged(this, before, this.layers);
    this.flush();
  }

  /** Ends the stream; a client then connects again. */
  disconnect(error: GrpcError): void {
    this.#call.fail(error);
  }

  /** For the server: a message came. @throws GrpcError  where it is none, or too much */
  receive(message: Uint8Array, impliedType: TypeUrl | undefined): void {
    if (this.form === "delta") this.#receiveDelta(readOr(readDeltaRequest, message), impliedType);
    else this.#receiveSotw(readOr(readSotwRequest, message), impliedType);
    this.flush();
  }

  /** For the server: a layer of the client's view changed; says whether that is anything to this client. */
  layerChanged(layer: Layer, typeUrl: TypeUrl, changes: readonly LayerChange[]): boolean {
    return this.#subscriptions.layerChanged(layer, typeUrl, changes);
  }

  /** For the server: a batch concerns this client. */
  awaits(rollout: Rollout<ConnectedClient>): void {
    rollout.concerns(this);
    this.#rollouts.push(rollout);
    if (this.#rollouts.length > mostRollouts) this.#rollouts.shift()?.leftBy(this);
  }

  /** For the server: the stream is over. */
  closed(): void {
    clearTimeout(this.#hold);
    for (const rollout of this.#rollouts) rollout.leftBy(this);
    this.#rollouts = [];
  }

  /** Sends what is to be sent and may be sent now, type by type. */
  flush(): void {
    if (this.#clustersChanged && !this.#isBusy(clusterType) && !this.#isBusy(endpointsType))
      this.#clustersChanged = false;
    while (this.#flushOnce());
    this.#settleRollouts();
  }

  /** Says whether it turned out that there was nothing to say about a type, which may be what another one waited for. */
  #flushOnce(): boolean {
    let isHeld = false;
    let wasNothing = false;
    for (const watch of this.#ranked) {
      if (watch.idle) continue;
      const { changes, removals } = watch.activity;
      const allowed: Allowed = {
        changes: changes && (this.#heldTooLong || mayChange(watch.typeUrl, this.#activities, this.#clustersChanged)),
        removals: removals && (this.#heldTooLong || mayRemove(watch.typeUrl, this.#activities, this.#clustersChanged)),
      };
      isHeld ||= allowed.changes !== changes || allowed.removals !== removals;
      if ((allowed.changes || allowed.removals) && !this.#send(watch, allowed)) wasNothing = true;
    }
    this.#noteHeld(isHeld);
    return wasNothing;
  }

  #receiveDelta(request: DeltaRequest, impliedType: TypeUrl | undefined): void {
    const typeUrl = request.typeUrl || (impliedType ?? "");
    checkLengths(this.#host.limits, typeUrl, request.subscribe);
    const watch = this.#watchOf(typeUrl);
    const meaning = meaningOf(request, watch.standing);
    if (meaning === "ack") this.#acknowledged(watch);
    else if (meaning === "nack") this.#refused(watch, request.refused?.message ?? "");
    takeDeltaNames(this.#subscriptions, watch, request);
    checkCount("names", watch.nameCount, this.#host.limits.maxNames);
    if (request.subscribe.length > 0) this.#host.subscribed(this, typeUrl, request.subscribe);
  }

  #receiveSotw(request: SotwRequest, impliedType: TypeUrl | undefined): void {
    const typeUrl = request.typeUrl || (impliedType ?? "");
    checkLengths(this.#host.limits, typeUrl, request.names);
    checkCount("names", request.names.length, this.#host.limits.maxNames);
    const watch = this.#watchOf(typeUrl);
    const meaning = meaningOf(request, watch.standing);
    if (meaning === "stale") return;
    if (meaning === "ack") this.#acknowledged(watch);
    else if (meaning === "nack") this.#refused(watch, request.refused?.message ?? "");
    takeSotwNames(this.#subscriptions, watch, request, meaning);
    if (meaning !== "ack" && meaning !== "nack") this.#host.subscribed(this, typeUrl, request.names);
  }

  #watchOf(typeUrl: TypeUrl): Watch {
    if (typeUrl === "") throw new GrpcError(status.invalidArgument, "a request has no type URL");
    const known = this.#subscriptions.watches.get(typeUrl);
    if (known !== undefined) return known;
    checkCount("types", this.#ranked.length + 1, this.#host.limits.maxTypes);
    const watch = this.#subscriptions.watch(typeUrl);
    this.#ranked.push(watch);
    this.#ranked.sort((a, b) => rankOf(a.typeUrl) - rankOf(b.typeUrl));
    return watch;
  }

  #acknowledged(watch: Watch): void {
    if (watch.standing.at !== "sent") return;
    const { response, nonce } = watch.standing;
    watch.standing = { at: "acked", nonce, version: response.version };
    watch.counts.acked++;
    this.#subscriptions.acknowledged(watch, response);
    this.#host.acked(this, watch.typeUrl, response.version);
  }

  #refused(watch: Watch, message: string): void {
    if (watch.standing.at !== "sent") return;
    const { response, nonce } = watch.standing;
    watch.standing = { at: "refused", nonce, version: response.version, reason: message };
    watch.counts.refused++;
    watch.lastRefusal = message;
    const names =
      this.form === "delta"
        ? takeDeltaRefusal(this.#subscriptions, watch, response, message)
        : takeSotwRefusal(response);
    if (this.form === "delta" && names.length === 0) return;
    const refusal = { client: this, typeUrl: watch.typeUrl, names, message };
    for (const rollout of this.#rollouts) rollout.refusedBy(refusal);
    this.#host.refused(refusal);
  }

  /** Sends the next response of a type; says no where it turned out that there is nothing to say. */
  #send(watch: Watch, allowed: Allowed): boolean {
    const next = this.form === "delta" ? nextDelta : nextSotw;
    const nonce = String(++this.#nonce);
    const outgoing = next(this.#subscriptions, watch, allowed, nonce, this.#host.batch());
    if (outgoing === undefined) return false;
    watch.sent(outgoing.response);
    if (watch.typeUrl === clusterType && outgoing.response.resources.length > 0) {
      this.#clustersChanged = true;
      if (this.form === "delta") this.#subscriptions.clustersRenewed(outgoing.response.had);
    }
    this.#call.write(outgoing.pieces);
    return true;
  }

  #isBusy(typeUrl: TypeUrl): boolean {
    const activity = this.#activities(typeUrl);
    return activity !== undefined && (activity.changes || activity.unacknowledged);
  }

  readonly #activities: Activities = (typeUrl) => this.#subscriptions.watches.get(typeUrl)?.activity;

  /** A client that never gets its clusters warm is to have its routes all the same, in the end. */
  #noteHeld(isHeld: boolean): void {
    if (!isHeld) {
      clearTimeout(this.#hold);
      this.#hold = undefined;
      this.#heldTooLong = false;
      return;
    }
    this.#hold ??= setTimeout(() => {
      this.#heldTooLong = true;
      this.flush();
    }, this.#host.holdLimit.ms);
  }

  #settleRollouts(): void {
    if (this.#rollouts.length === 0) return;
    let since = Number.POSITIVE_INFINITY;
    for (const watch of this.#ranked) since = Math.min(since, watch.unacknowledgedSince);
    while (this.#rollouts[0] !== undefined && this.#rollouts[0].version < since)
      this.#rollouts.shift()?.settledBy(this);
  }
}

/** Batches that a slow client can be waited for in; of older ones it does not count any more. */
const mostRollouts = 1000;

function decodeNode(node: Uint8Array): Node {
  try {
    return fromBinary(NodeSchema, node);
  } catch {
    throw new GrpcError(status.invalidArgument, "the node is not one");
  }
}

function readOr<T>(read: (message: Uint8Array) => T, message: Uint8Array): T {
  try {
    return read(message);
  } catch {
    throw new GrpcError(status.invalidArgument, "the message is no discovery request");
  }
}
