import { type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  contextTag,
  element,
  explicit,
  integer,
  octetString,
  oid,
  sequence,
  time,
} from "#identity/der.ts";
import { type AcceptedKey, keyIdentifier } from "#identity/public-key.ts";
import { type AltNames, encodeAltNames, encodedSubjectAltNameOid } from "#identity/subject-alt-name.ts";

/** What a certificate is for. */
export type CertificateRole =
  /** Signs certificates, of authorities too. */
  | "root"
  /** Signs certificates of workloads only. */
  | "intermediate"
  /** Is the server's and the client's side of mTLS. */
  | "workload";

export interface CertificateContent {
  readonly role: CertificateRole;
  /** The issuer's subject and the certificate's own, encoded. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly key: AcceptedKey;
  readonly issuerKeyId: Uint8Array;
  readonly altNames: AltNames;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

const version3 = explicit(0, integer(2));
const oids = {
  basicConstraints: oid("2.5.29.19"),
  keyUsage: oid("2.5.29.15"),
  extendedKeyUsage: oid("2.5.29.37"),
  subjectKeyIdentifier: oid("2.5.29.14"),
  authorityKeyIdentifier: oid("2.5.29.35"),
};
const critical = boolean(true);

function extension(type: Uint8Array, value: Uint8Array, ...flags: readonly Uint8Array[]): Buffer {
  return sequence(type, ...flags, octetString(value));
}

const signsCertificates = extension(oids.keyUsage, bitString(Buffer.of(0b0000_0110), 1), critical);
const signsHandshakes = extension(oids.keyUsage, bitString(Buffer.of(0b1000_0000), 7), critical);
const signsAndEnciphers = extension(oids.keyUsage, bitString(Buffer.of(0b1010_0000), 5), critical);
const authorityOf = (depth: number) =>
  extension(oids.basicConstraints, sequence(boolean(true), integer(depth)), critical);
const noAuthority = extension(oids.basicConstraints, sequence(), critical);
const serverAndClient = extension(oids.extendedKeyUsage, sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2")));

/**
 * An X.509 v3 certificate in DER, with a random serial number of 128 bits.
 *
 * @param issuerKey  the issuer's private key, on P-256
 */
export function makeCertificate(content: CertificateContent, issuerKey: KeyObject): Buffer {
  const toBeSigned = sequence(
    version3,
    integer(serialNumber()),
    ecdsaWithSha256,
    content.issuer,
    sequence(time(content.notBefore), time(content.notAfter)),
    content.subject,
    content.key.spki,
    explicit(3, sequence(...extensionsOf(content))),
  );
  return sequence(toBeSigned, ecdsaWithSha256, bitString(sign("sha256", toBeSigned, issuerKey)));
}

function extensionsOf({ role, key, issuerKeyId, altNames, subject }: CertificateContent): Buffer[] {
  // Where the subject is empty (two bytes), the names are all there is to tell whose certificate it is.
  const namesAreAll = subject.length === 2 ? [critical] : [];
  return [
    ...(role === "workload"
      ? [key.kind === "RSA" ? signsAndEnciphers : signsHandshakes, serverAndClient]
      : [signsCertificates]),
    role === "workload" ? noAuthority : authorityOf(role === "root" ? 1 : 0),
    extension(oids.subjectKeyIdentifier, octetString(keyIdentifier(key.spki))),
    extension(oids.authorityKeyIdentifier, sequence(element(contextTag(0), issuerKeyId))),
    extension(encodedSubjectAltNameOid, encodeAltNames(altNames), ...namesAreAll),
  ];
}

/** Never zero, never with a first byte that DER would drop, so always 16 bytes. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40;
  return bytes;
}
