import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { LastGood } from "#agent/relay/last-good.ts";
import { ProxyView } from "#agent/relay/proxy-view.ts";
import type { Upstream } from "#agent/relay/upstream.ts";
import { type Backoff, backoff } from "#base/backoff.ts";
import { milliseconds, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
} from "#envoy/gen/envoy/service/discovery/v3/discovery_pb.js";
import type { ClientCall } from "#grpc/client-call.ts";
import type { ServerCall } from "#grpc/server-call.ts";
import { type GrpcError, status } from "#grpc/status.ts";

export const deltaAds = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

/** An Envoy that takes no more than this holds the control plane's stream back, not our memory. */
const maxPendingBytes = 1024 * 1024;
/** After its last answer, an Envoy that started afresh has all that there is for it. */
const settledAfter = seconds(1);

interface Attached {
  readonly call: ClientCall;
  readonly number: number;
}

/**
 * One Envoy's ADS stream. While the control plane is there, messages pass through; while it is away the stream stays
 * open, and what the Envoy asks for comes from its last good configuration.
 */
export class AdsStream {
  readonly #call: ServerCall;
  readonly #upstream: Upstream;
  readonly #view: ProxyView;
  readonly #log: Log;
  readonly #backoff: Backoff = backoff(milliseconds(20), seconds(5));
  readonly #unwatch: () => void;
  #attached: Attached | undefined;
  #streams = 0;
  #retry: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(call: ServerCall, lastGood: LastGood, upstream: Upstream, log: Log) {
    this.#call = call;
    this.#upstream = upstream;
    this.#log = log;
    this.#view = new ProxyView(lastGood);
    this.#unwatch = upstream.onChange(() => this.#follow());
  }

  /** Takes in what the Envoy says. */
  message(bytes: Uint8Array): void {
    const request = fromBinary(DeltaDiscoveryRequestSchema, bytes);
    const attached = this.#attached;
    const { forward, refused } = this.#view.request(request, attached?.number);
    if (refused !== undefined) {
      this.#log.warn("the proxy refused a configuration, and keeps the one it had", {
        type: request.typeUrl,
        says: refused,
      });
    }
    if (attached === undefined) this.#follow();
    else if (forward !== undefined) attached.call.write([forward === "as it is" ? bytes : encode(forward)]);
  }

  closed(): void {
    this.#closed = true;
    this.#unwatch();
    clearTimeout(this.#retry);
    clearTimeout(this.#settling);
    this.#attached?.call.cancel();
    this.#attached = undefined;
  }

  /** Does what the control plane's reach asks for. */
  #follow(): void {
    if (this.#closed || this.#attached !== undefined || !this.#view.isKnown) return;
    if (this.#upstream.reach === "up" && this.#retry === undefined) this.#attach();
    else if (this.#upstream.reach === "down") this.#serveLastGood();
  }

  #attach(): void {
    const number = ++this.#streams;
    const call = this.#upstream.channel.stream(
      deltaAds,
      {},
      {
        message: (bytes) => this.#answered(bytes, number),
        closed: (error) => this.#detached(number, error),
      },
    );
    this.#attached = { call, number };
    for (const request of this.#view.resubscribe()) call.write([encode(request)]);
  }

  #answered(bytes: Uint8Array, number: number): void {
    if (this.#closed) return;
    this.#backoff.reset();
    const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    if (this.#view.isIdle(response)) {
      this.#acknowledge(response);
      return;
    }
    this.#view.response(response, number);
    this.#call.write([bytes]);
    this.#holdBack();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#attached && this.#view.settle(), settledAfter.ms);
  }

  /** Says for the Envoy that it has what it is to have. */
  #acknowledge({ typeUrl, nonce: responseNonce }: DeltaDiscoveryResponse): void {
    this.#attached?.call.write([encode(create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce }))]);
  }

  #holdBack(): void {
    const source = this.#attached?.call;
    if (source === undefined || this.#call.pendingBytes < maxPendingBytes) return;
    source.pause();
    this.#call.drained().then(() => source.resume());
  }

  #detached(number: number, error: GrpcError | undefined): void {
    if (this.#closed || this.#attached?.number !== number) return;
    this.#attached = undefined;
    const isAway = error?.code === status.unavailable;
    this.#log[isAway ? "debug" : "warn"]("the control plane ended a proxy's stream", { says: error?.message });
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#follow();
    }, this.#backoff.next().ms);
    this.#upstream.lost();
    this.#follow();
  }

  #serveLastGood(): void {
    for (const answer of this.#view.fromLastGood()) {
      this.#log.debug("served from the last good configuration", {
        type: answer.typeUrl,
        resources: answer.resources.length,
      });
      this.#call.write([encodeAnswer(answer)]);
    }
  }
}

function encode(request: DeltaDiscoveryRequest): Uint8Array {
  return toBinary(DeltaDiscoveryRequestSchema, request);
}

function encodeAnswer(answer: DeltaDiscoveryResponse): Uint8Array {
  return toBinary(DeltaDiscoveryResponseSchema, answer);
}
