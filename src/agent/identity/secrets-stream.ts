import { fromBinary } from "@bufbuild/protobuf";
import type { SecretsSource } from "#agent/identity/secrets-source.ts";
import type { Log } from "#base/log.ts";
import { deterministicBytes } from "#envoy/deterministic.ts";
import type { Encoded } from "#envoy/encode.ts";
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from "#envoy/gen/envoy/service/discovery/v3/discovery_pb.js";
import type { ServerCall } from "#grpc/server-call.ts";

export const deltaSecrets = "/envoy.service.secret.v3.SecretDiscoveryService/DeltaSecrets";

/** One stream of an Envoy that asks for secrets; Envoy opens one for each. What it asks for follows when it is there. */
export class SecretsStream {
  readonly #call: ServerCall;
  readonly #source: SecretsSource;
  readonly #log: Log;
  readonly #unwatch: () => void;
  /** The versions that were sent, by name; empty for a name that is still to come. */
  readonly #wanted = new Map<string, string>();
  #nonces = 0;
  #typeUrl = "";

  constructor(call: ServerCall, source: SecretsSource, log: Log) {
    this.#call = call;
    this.#source = source;
    this.#log = log;
    this.#unwatch = source.onChange(() => this.#send());
  }

  message(bytes: Uint8Array): void {
    const request = fromBinary(DeltaDiscoveryRequestSchema, bytes);
    this.#typeUrl = request.typeUrl;
    if (request.errorDetail !== undefined) {
      this.#log.warn("the proxy refused a secret, and keeps the one it had", { says: request.errorDetail.message });
    }
    for (const name of request.resourceNamesSubscribe) {
      this.#wanted.set(name, request.initialResourceVersions[name] ?? "");
    }
    for (const name of request.resourceNamesUnsubscribe) this.#wanted.delete(name);
    this.#send();
  }

  closed(): void {
    this.#unwatch();
  }

  #send(): void {
    const news: Encoded[] = [];
    for (const [name, sent] of this.#wanted) {
      const secret = this.#source.get(name);
      if (secret === undefined || secret.version === sent) continue;
      this.#wanted.set(name, secret.version);
      news.push(secret);
    }
    if (news.length === 0) return;
    const resources = news.map(({ name, version, typeUrl, body }) => ({
      name,
      version,
      resource: { typeUrl, value: body },
    }));
    const nonce = `${++this.#nonces}`;
    this.#call.write([deterministicBytes(DeltaDiscoveryResponseSchema, { typeUrl: this.#typeUrl, nonce, resources })]);
  }
}
