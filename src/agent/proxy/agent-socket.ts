import type { SecretsSource } from "#agent/identity/secrets-source.ts";
import { deltaSecrets, SecretsStream } from "#agent/identity/secrets-stream.ts";
import { AdsStream, deltaAds } from "#agent/relay/ads-stream.ts";
import type { LastGood } from "#agent/relay/last-good.ts";
import type { Upstream } from "#agent/relay/upstream.ts";
import { milliseconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import type { Method } from "#grpc/methods.ts";
import { GrpcServer } from "#grpc/server.ts";

/** Names of all that a proxy has can be long: an Envoy that comes back lists them in its first requests. */
const maxRequestBytes = 64 * 1024 * 1024;

export interface AgentSocketOptions {
  /** Where the socket is made, 0600. */
  readonly path: string;
  readonly upstream: Upstream;
  readonly lastGood: LastGood;
  readonly secrets: SecretsSource;
  readonly log: Log;
}

/** The socket on which one Envoy gets its configuration and its certificates. */
export class AgentSocket {
  readonly #server: GrpcServer;

  private constructor(server: GrpcServer) {
    this.#server = server;
  }

  /** @throws where the socket cannot be made */
  static async listen({ path, upstream, lastGood, secrets, log }: AgentSocketOptions): Promise<AgentSocket> {
    const methods = new Map<string, Method>([
      [deltaAds, { kind: "stream", handle: (call) => new AdsStream(call, lastGood, upstream, log) }],
      [deltaSecrets, { kind: "stream", handle: (call) => new SecretsStream(call, secrets, log) }],
    ]);
    const server = new GrpcServer({ methods, maxMessageBytes: maxRequestBytes });
    await server.listen({ unix: path });
    return new AgentSocket(server);
  }

  close(): Promise<void> {
    return this.#server.shutdown(milliseconds(0));
  }
}
