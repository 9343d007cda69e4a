import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import type { Signer, SignerName } from "#identity/authority-files.ts";
import { makeCertificate } from "#identity/certificate.ts";
import { oid, sequence, setOf, utf8String } from "#identity/der.ts";
import { encodedSubjectOf } from "#identity/peer.ts";
import { acceptKey, keyIdentifier } from "#identity/public-key.ts";
import { trustDomainId } from "#identity/spiffe-id.ts";

const day = 86_400_000;
const rootLife = 3650 * day;
const intermediateLife = 365 * day;
/** Renewed while any workload's certificate that it signs (90 days at most) still ends before it does. */
const renewedBeforeEnd = 120 * day;
/** Clocks of machines differ: what is signed now was valid some minutes ago. */
export const backdateMs = 5 * 60_000;

export function newKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
}

/** A root with a new key, which signs itself. */
export function makeRoot(trustDomain: string, now: Date): Signer {
  const key = newKey();
  return { key, certificate: certify("root", key, undefined, trustDomain, now) };
}

/** An intermediate under this root. Renewed with its old key, what it signed before stays good under the new one. */
export function makeIntermediate(root: Signer, key: KeyObject, trustDomain: string, now: Date): Signer {
  return { key, certificate: certify("intermediate", key, root, trustDomain, now) };
}

export function needsRenewal(intermediate: Signer, root: Signer, now: Date): boolean {
  const end = intermediate.certificate.validToDate.getTime();
  return now.getTime() > end - renewedBeforeEnd && end < root.certificate.validToDate.getTime();
}

export function keyIdOf(certificate: X509Certificate): Buffer {
  return keyIdentifier(certificate.publicKey.export({ type: "spki", format: "der" }));
}

function certify(
  role: SignerName,
  key: KeyObject,
  root: Signer | undefined,
  trustDomain: string,
  now: Date,
): X509Certificate {
  const accepted = acceptKey(createPublicKey(key));
  const keyId = keyIdentifier(accepted.spki);
  const subject = signerSubject(role, trustDomain, keyId);
  const end = now.getTime() + (role === "root" ? rootLife : intermediateLife);
  const der = makeCertificate(
    {
      role,
      key: accepted,
      subject,
      issuer: root === undefined ? subject : encodedSubjectOf(root.certificate),
      issuerKeyId: root === undefined ? keyId : keyIdOf(root.certificate),
      altNames: { uris: [trustDomainId(trustDomain)], dnsNames: [] },
      notBefore: new Date(now.getTime() - backdateMs),
      notAfter: new Date(Math.min(end, root?.certificate.validToDate.getTime() ?? end)),
    },
    root?.key ?? key,
  );
  return new X509Certificate(der);
}

/** The start of the key's hash tells apart roots of one trust domain, as there are while a root is replaced. */
function signerSubject(role: SignerName, trustDomain: string, keyId: Buffer): Buffer {
  const name = (type: string, value: string) => setOf(sequence(oid(type), utf8String(value)));
  const organization = trustDomain.slice(0, 64);
  return sequence(name("2.5.4.10", organization), name("2.5.4.3", `stod ${role} ${keyId.toString("hex", 0, 4)}`));
}
