import { createPrivateKey, X509Certificate } from "node:crypto";
import { makeCsr } from "#identity/csr.ts";
import { spiffeIdOf } from "#identity/peer.ts";
import { decodePem } from "#identity/pem.ts";
import { newKey } from "#identity/signers.ts";
import type { SpiffeId } from "#identity/spiffe-id.ts";

/** A workload's identity as it can prove it (SPIFFE Verifiable Identity Document): its key, and the certificates for it. */
export interface Svid {
  readonly spiffeId: SpiffeId;
  /** PEM (PKCS #8). A secret. */
  readonly privateKey: string;
  /** PEM, the workload's own certificate first. */
  readonly chain: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A key and a chain that make no SVID; the message is a clause that says why. */
export class SvidFault extends Error {
  override readonly name = "SvidFault";
}

const maxChainLength = 65_536;

/** A new P-256 key (PEM, PKCS #8: a secret) and a request for its certificate (PEM). The key never leaves the agent. */
export function generateKeyAndCsr(spiffeId: SpiffeId): { readonly privateKey: string; readonly csr: string } {
  const key = newKey();
  return { privateKey: key.export({ type: "pkcs8", format: "pem" }) as string, csr: makeCsr(key, spiffeId) };
}

/**
 * Puts a key and the chain that was signed for it together.
 *
 * @throws SvidFault where they do not belong together, or are not those of a workload
 */
export function makeSvid({ privateKey, chain }: { readonly privateKey: string; readonly chain: string }): Svid {
  const [first] = decodePem("CERTIFICATE", chain, maxChainLength) ?? [];
  if (first === undefined) throw new SvidFault("the chain is not made of PEM certificates");
  let certificate: X509Certificate;
  let matches: boolean;
  try {
    certificate = new X509Certificate(first);
    matches = certificate.checkPrivateKey(createPrivateKey(privateKey));
  } catch (cause) {
    throw new SvidFault("the key or the certificate cannot be read", { cause });
  }
  if (!matches) throw new SvidFault("the key does not belong to the certificate");
  const spiffeId = spiffeIdOf(certificate);
  if (spiffeId === undefined) throw new SvidFault("the certificate does not name one workload");
  const { validFromDate: notBefore, validToDate: notAfter } = certificate;
  return { spiffeId, privateKey, chain, notBefore, notAfter };
}

/**
 * When to ask for the next certificate: at half of this one's life, give or take a twentieth of it, so that workloads
 * that started together do not renew together.
 *
 * @param random  from 0 up to 1
 */
export function renewAt({ notBefore, notAfter }: Pick<Svid, "notBefore" | "notAfter">, random: () => number): Date {
  const life = notAfter.getTime() - notBefore.getTime();
  return new Date(notBefore.getTime() + life * (0.45 + 0.1 * random()));
}
