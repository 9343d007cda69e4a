import { type Encoded, encodeResource } from "#envoy/encode.ts";
import { type Secret, SecretSchema } from "#envoy/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { ownSecret, rootsSecret } from "#envoy/names.ts";
import type { Svid } from "#identity/svid.ts";

/** What a workload proves itself with, and the roots that its peers are checked against (PEM). */
export interface Identity {
  readonly svid: Svid;
  readonly roots: string;
}

/** The secrets of one workload as its Envoy gets them; empty until there are any. */
export class SecretsSource {
  #secrets: ReadonlyMap<string, Encoded> = new Map();
  readonly #listeners = new Set<() => void>();

  /** A secret by its SDS name: `default` or `ROOTCA`. */
  get(name: string): Encoded | undefined {
    return this.#secrets.get(name);
  }

  set(identity: Identity): void {
    this.#secrets = new Map([
      [ownSecret, ownCertificate(identity.svid)],
      [rootsSecret, trustedRoots(identity.roots)],
    ]);
    for (const listener of [...this.#listeners]) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function ownCertificate({ chain, privateKey }: Svid): Encoded {
  const value = { certificateChain: inline(chain), privateKey: inline(privateKey) };
  return secret(ownSecret, { case: "tlsCertificate", value } as Secret["type"]);
}

function trustedRoots(roots: string): Encoded {
  return secret(rootsSecret, { case: "validationContext", value: { trustedCa: inline(roots) } } as Secret["type"]);
}

function secret(name: string, type: Secret["type"]): Encoded {
  return encodeResource(SecretSchema, { name, type }, name);
}

function inline(text: string) {
  return { specifier: { case: "inlineString" as const, value: text } };
}
