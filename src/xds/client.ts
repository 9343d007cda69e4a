import type { Duration } from "#base/duration.ts";
import { seconds } from "#base/duration.ts";
import type { Channel } from "#grpc/client.ts";
import type { ClientCall } from "#grpc/client-call.ts";
import type { GrpcError } from "#grpc/status.ts";
import { writeDeltaRequest } from "./requests.ts";
import type { TypeUrl } from "./resource.ts";
import { type DeltaResponse, readDeltaResponse } from "./responses.ts";

export interface DeltaClientOptions {
  readonly channel: Channel;
  /** The encoded node that this client is. */
  readonly node: Uint8Array;
  /** Takes what the server sent in; a text says why it is refused. What was refused is sent again only if it changes. */
  readonly take: (response: DeltaResponse) => string | undefined;
  /** The stream ended, and will be tried again after this long. */
  readonly lost?: (error: GrpcError | undefined, retryIn: Duration) => void;
  readonly connected?: () => void;
  /** Longest wait between two tries; 15 s unless said. */
  readonly maxBackOff?: Duration;
}

interface Interest {
  readonly names: Set<string>;
  wildcard: boolean;
  /** What the server sent and was not refused. */
  readonly versions: Map<string, string>;
}

const deltaPath = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";

/**
 * A client of delta ADS. It keeps its stream open, tries again with back-off, and then tells the server what it has,
 * so that only what has changed is sent again.
 */
export class DeltaClient {
  readonly #options: DeltaClientOptions;
  readonly #interests = new Map<TypeUrl, Interest>();
  #call: ClientCall | undefined;
  #isFirstRequest = true;
  #backOffMs = 0;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: DeltaClientOptions) {
    this.#options = options;
  }

  start(): void {
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#call?.cancel();
    this.#call = undefined;
  }

  /** Asks for names; for all of the type where none is given. */
  subscribe(typeUrl: TypeUrl, names: readonly string[] = []): void {
    const known = this.#interests.get(typeUrl);
    const interest = known ?? { names: new Set<string>(), wildcard: false, versions: new Map<string, string>() };
    this.#interests.set(typeUrl, interest);
    if (names.length === 0) interest.wildcard = true;
    for (const name of names) interest.names.add(name);
    if (this.#call !== undefined) {
      this.#send({ typeUrl, subscribe: names.length > 0 || known === undefined ? names : ["*"] });
    }
  }

  unsubscribe(typeUrl: TypeUrl, names: readonly string[]): void {
    const interest = this.#interests.get(typeUrl);
    if (interest === undefined) return;
    for (const name of names) {
      interest.names.delete(name);
      if (!interest.wildcard) interest.versions.delete(name);
    }
    this.#send({ typeUrl, unsubscribe: names });
  }

  #connect(): void {
    this.#isFirstRequest = true;
    const { channel } = this.#options;
    this.#call = channel.stream(
      deltaPath,
      {},
      {
        message: (bytes) => this.#message(readDeltaResponse(bytes)),
        closed: (error) => this.#closed(error),
      },
    );
    for (const [typeUrl, { names, wildcard, versions }] of this.#interests) {
      const subscribe = wildcard && names.size > 0 ? ["*", ...names] : [...names];
      this.#send({ typeUrl, subscribe, initialVersions: versions });
    }
  }

  #message(response: DeltaResponse): void {
    if (this.#backOffMs > 0 || this.#isFirstRequest) this.#options.connected?.();
    this.#backOffMs = 0;
    const { typeUrl, nonce } = response;
    const message = this.#options.take(response);
    const interest = this.#interests.get(typeUrl);
    if (message === undefined && interest !== undefined) {
      for (const { name, version } of response.resources) {
        if (interest.wildcard || interest.names.has(name)) interest.versions.set(name, version);
      }
      for (const name of response.removed) interest.versions.delete(name);
    }
    this.#send({ typeUrl, nonce, refused: message === undefined ? undefined : { message } });
  }

  #closed(error: GrpcError | undefined): void {
    this.#call = undefined;
    if (this.#stopped) return;
    const longest = (this.#options.maxBackOff ?? seconds(15)).ms;
    this.#backOffMs = Math.min(longest, Math.max(100, this.#backOffMs * 2));
    // Clients that lost the same server are not to come back all at once.
    const ms = this.#backOffMs * (0.5 + Math.random() / 2);
    this.#options.lost?.(error, { ms });
    this.#retry = setTimeout(() => this.#connect(), ms);
  }

  #send(request: Parameters<typeof writeDeltaRequest>[0]): void {
    const node = this.#isFirstRequest ? this.#options.node : undefined;
    if (this.#call === undefined) return;
    this.#isFirstRequest = false;
    this.#call.write([writeDeltaRequest({ ...request, node })]);
  }
}
