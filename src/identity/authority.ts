import type { KeyObject } from "node:crypto";
import { type Duration, formatDuration } from "#base/duration.ts";
import { AuthorityFiles, type Signer } from "#identity/authority-files.ts";
import { makeCertificate } from "#identity/certificate.ts";
import { CsrFault, readCsr } from "#identity/csr.ts";
import { encodedSubjectOf } from "#identity/peer.ts";
import { encodePem } from "#identity/pem.ts";
import { type AcceptedKey, acceptKey } from "#identity/public-key.ts";
import { requireLife, requireUsable } from "#identity/signer-check.ts";
import { backdateMs, keyIdOf, makeIntermediate, makeRoot, needsRenewal, newKey } from "#identity/signers.ts";
import { parseSpiffeId, type SpiffeId } from "#identity/spiffe-id.ts";
import { encodeSubject, type Subject } from "#identity/subject.ts";

export interface AuthorityOptions {
  readonly trustDomain: string;
  readonly now: () => Date;
}

/** What a certificate is asked for. The caller has proven that the requester is `spiffeId`. */
export interface SignRequest {
  /** A request as it arrived (PEM or DER), or the key by itself. */
  readonly for: { readonly csr: string | Uint8Array } | { readonly publicKey: KeyObject };
  readonly spiffeId: SpiffeId;
  /** QUIC checks names, so a workload that is reached over HTTP/3 needs those of its services. */
  readonly dnsNames: readonly string[];
  readonly subject: Subject;
  readonly ttl: Duration;
}

export interface SignedCertificate {
  /** PEM of the workload's certificate by itself. */
  readonly certificate: string;
  /** PEM of the certificate and of the intermediate that signed it, in the order that TLS sends them. */
  readonly chain: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Longer-lived certificates would outlive the intermediate. */
const maxTtlMs = 90 * 86_400_000;

/** The mesh's own certificate authority: a root that signs an intermediate, which signs workloads. */
export class Authority {
  readonly trustDomain: string;
  /** PEM of the roots that the mesh trusts. */
  readonly rootBundle: string;
  readonly #now: () => Date;
  readonly #files: AuthorityFiles;
  readonly #root: Signer;
  #intermediate: Intermediate;

  constructor(files: AuthorityFiles, root: Signer, intermediate: Signer, { trustDomain, now }: AuthorityOptions) {
    this.trustDomain = trustDomain;
    this.rootBundle = encodePem("CERTIFICATE", root.certificate.raw);
    this.#files = files;
    this.#root = root;
    this.#intermediate = readied(intermediate);
    this.#now = now;
  }

  /**
   * Signs a certificate for a workload, valid from a few minutes ago.
   *
   * @throws CsrFault where the request is not in order, or is for another identity; DerFault for a key of another type;
   *   StateFault where the root has ended
   */
  sign(request: SignRequest): SignedCertificate {
    const { spiffeId, ttl } = request;
    if (parseSpiffeId(spiffeId)?.trustDomain !== this.trustDomain) {
      throw new Error(`${spiffeId} is not of the trust domain ${this.trustDomain}`);
    }
    if (!(ttl.ms >= 1000 && ttl.ms <= maxTtlMs)) {
      throw new Error(`a certificate lives from 1s to ${formatDuration({ ms: maxTtlMs })}, not ${formatDuration(ttl)}`);
    }
    const now = this.#now();
    const { signer, subject, keyId, pem } = this.#signing(now);
    // A short life is not mostly in the past, or half of it would be over when it starts.
    const notBefore = wholeSeconds(now.getTime() - Math.min(backdateMs, ttl.ms / 10));
    const notAfter = wholeSeconds(Math.min(now.getTime() + ttl.ms, signer.certificate.validToDate.getTime()));
    const der = makeCertificate(
      {
        role: "workload",
        issuer: subject,
        subject: encodeSubject(request.subject),
        key: keyOf(request),
        issuerKeyId: keyId,
        altNames: { uris: [spiffeId], dnsNames: request.dnsNames },
        notBefore,
        notAfter,
      },
      signer.key,
    );
    const certificate = encodePem("CERTIFICATE", der);
    return { certificate, chain: certificate + pem, notBefore, notAfter };
  }

  /** The intermediate, renewed in time. */
  #signing(now: Date): Intermediate {
    requireLife(this.#root.certificate, { files: this.#files, now });
    if (needsRenewal(this.#intermediate.signer, this.#root, now)) {
      const renewed = makeIntermediate(this.#root, this.#intermediate.signer.key, this.trustDomain, now);
      this.#files.writeCertificate("intermediate", renewed.certificate);
      this.#intermediate = readied(renewed);
    }
    return this.#intermediate;
  }
}

/** An intermediate with what each signature needs of it. */
interface Intermediate {
  readonly signer: Signer;
  readonly subject: Buffer;
  readonly keyId: Buffer;
  readonly pem: string;
}

function readied(signer: Signer): Intermediate {
  const { certificate } = signer;
  return {
    signer,
    subject: encodedSubjectOf(certificate),
    keyId: keyIdOf(certificate),
    pem: encodePem("CERTIFICATE", certificate.raw),
  };
}

function keyOf({ for: asked, spiffeId }: SignRequest): AcceptedKey {
  if ("publicKey" in asked) return acceptKey(asked.publicKey);
  const csr = readCsr(asked.csr);
  if (csr.spiffeId !== undefined && csr.spiffeId !== spiffeId) {
    throw new CsrFault(`the certificate request is for ${csr.spiffeId}, and its sender is ${spiffeId}`);
  }
  return csr.key;
}

/** Certificates tell time in seconds. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

/**
 * The authority whose keys are in a directory (0700, files 0600), made there where the directory is missing or empty.
 * Of several that open one directory at once, all get the same authority.
 *
 * @throws StateFault for files that are corrupt, open to others, mismatched or expired, or of another trust domain;
 *   nothing is replaced then
 */
export function openAuthority(directory: string, options: AuthorityOptions): Authority {
  const files = new AuthorityFiles(directory);
  const { trustDomain } = options;
  const now = options.now();
  if (files.isEmpty()) {
    const root = makeRoot(trustDomain, now);
    files.create({ root, intermediate: makeIntermediate(root, newKey(), trustDomain, now) });
  }
  files.requirePrivate();
  const root = readRoot(files);
  requireUsable(root, "root", root, { files, trustDomain, now });
  const intermediate = readIntermediate(files, root, trustDomain, now);
  requireUsable(intermediate, "intermediate", root, { files, trustDomain, now });
  return new Authority(files, root, intermediate, options);
}

function readRoot(files: AuthorityFiles): Signer {
  const certificate = files.readCertificate("root");
  if (certificate === undefined) throw files.fault("root", "crt", "it is missing");
  const key = files.readKey("root");
  if (key === undefined) throw files.fault("root", "key", "it is missing");
  return { certificate, key };
}

/** A missing certificate is signed again, so that a broken intermediate can be deleted. */
function readIntermediate(files: AuthorityFiles, root: Signer, trustDomain: string, now: Date): Signer {
  const certificate = files.readCertificate("intermediate");
  const key = files.readKey("intermediate");
  if (certificate !== undefined) {
    if (key === undefined) throw files.fault("intermediate", "key", "it is missing");
    return { certificate, key };
  }
  // The key first: without its certificate it is just signed again, should this be cut short.
  if (key === undefined) files.writeKey("intermediate", newKey());
  const made = makeIntermediate(root, key ?? (files.readKey("intermediate") as KeyObject), trustDomain, now);
  files.writeCertificate("intermediate", made.certificate);
  return made;
}
