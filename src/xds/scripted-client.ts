import { Channel } from "#grpc/client.ts";
import type { ClientCall } from "#grpc/client-call.ts";
import type { GrpcError } from "#grpc/status.ts";
import { type DeltaRequest, type SotwRequest, writeDeltaRequest, writeSotwRequest } from "./requests.ts";
import { type DeltaResponse, readDeltaResponse, readSotwResponse, type SotwResponse } from "./responses.ts";

const service = "/envoy.service.discovery.v3.AggregatedDiscoveryService";

/** A client for tests: it says just what it is told to, and hands out the answers one by one. */
class ScriptedClient<Request, Answer> {
  /** How the stream ended. */
  readonly ended: Promise<GrpcError | undefined>;
  readonly #channel: Channel;
  readonly #call: ClientCall;
  readonly #write: (request: Partial<Request>) => Uint8Array;
  readonly #answers: Answer[] = [];
  #next: ((answer: Answer) => void) | undefined;

  constructor(
    unix: string,
    path: string,
    write: (request: Partial<Request>) => Uint8Array,
    read: (m: Uint8Array) => Answer,
  ) {
    const { promise, resolve } = Promise.withResolvers<GrpcError | undefined>();
    this.ended = promise;
    this.#channel = new Channel({ unix });
    this.#write = write;
    this.#call = this.#channel.stream(
      path,
      {},
      {
        message: (bytes) => {
          const answer = read(bytes);
          const next = this.#next;
          this.#next = undefined;
          if (next === undefined) this.#answers.push(answer);
          else next(answer);
        },
        closed: resolve,
      },
    );
  }

  send(request: Partial<Request>): void {
    this.#call.write([this.#write(request)]);
  }

  /** The next answer that nobody took yet. */
  answer(): Promise<Answer> {
    const first = this.#answers.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve) => {
      this.#next = resolve;
    });
  }

  /** Stops reading. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  close(): void {
    this.#channel.close();
  }
}

export type DeltaScript = ScriptedClient<DeltaRequest, DeltaResponse>;
export type SotwScript = ScriptedClient<SotwRequest, SotwResponse>;

export function deltaScript(unix: string): DeltaScript {
  return new ScriptedClient(unix, `${service}/DeltaAggregatedResources`, writeDeltaRequest, readDeltaResponse);
}

export function sotwScript(unix: string): SotwScript {
  return new ScriptedClient(unix, `${service}/StreamAggregatedResources`, writeSotwRequest, readSotwResponse);
}
