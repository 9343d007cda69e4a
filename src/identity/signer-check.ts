import type { X509Certificate } from "node:crypto";
import type { AuthorityFiles, Signer, SignerName } from "#identity/authority-files.ts";
import { uriNames } from "#identity/peer.ts";
import { trustDomainId } from "#identity/spiffe-id.ts";

/** What signers are checked against. */
export interface Usability {
  readonly files: AuthorityFiles;
  readonly trustDomain: string;
  readonly now: Date;
}

/**
 * Checks that a signer read from files can sign.
 *
 * @param issuer  the root, or the signer itself where it is the root
 * @throws StateFault
 */
export function requireUsable(signer: Signer, name: SignerName, issuer: Signer, at: Usability): void {
  const { certificate, key } = signer;
  const { files, trustDomain, now } = at;
  if (!certificate.ca) throw files.fault(name, "crt", "its certificate is not an authority's");
  if (!certificate.checkPrivateKey(key)) {
    throw files.fault(name, "key", `its key does not belong to the certificate in ${name}.crt`);
  }
  if (!certificate.verify(issuer.certificate.publicKey)) {
    throw files.fault(
      name,
      "crt",
      name === "root" ? "its certificate is not signed by itself" : "its certificate is not signed by root.crt",
    );
  }
  const uris = uriNames(certificate);
  if (!uris.includes(trustDomainId(trustDomain))) {
    const has = uris.join(", ") || "no trust domain";
    throw files.fault(name, "crt", `its certificate is for ${has}, and the mesh's trust domain is ${trustDomain}`);
  }
  if (now < certificate.validFromDate) {
    const from = certificate.validFromDate.toISOString();
    throw files.fault(
      name,
      "crt",
      `its certificate is valid from ${from}, and this machine's clock says ${now.toISOString()}`,
    );
  }
  // An intermediate that has ended is renewed, not refused.
  if (name === "root") requireLife(certificate, at);
}

/**
 * Checks that the root has not ended.
 *
 * @throws StateFault
 */
export function requireLife(root: X509Certificate, { files, now }: Pick<Usability, "files" | "now">): void {
  if (now < root.validToDate) return;
  throw files.fault("root", "crt", `its certificate expired at ${root.validToDate.toISOString()}`);
}
