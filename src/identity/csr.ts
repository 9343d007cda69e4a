import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { ecdsaWithSha256 } from "#identity/certificate.ts";
import {
  bitString,
  constructedContextTag,
  explicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tag,
} from "#identity/der.ts";
import {
  childrenOf,
  DerFault,
  type DerNode,
  dottedOid,
  expect,
  readDer,
  smallInteger,
  wholeBytes,
} from "#identity/der-reader.ts";
import { decodePem, encodePem } from "#identity/pem.ts";
import { type AcceptedKey, type KeyKind, readPublicKey } from "#identity/public-key.ts";
import { isSpiffeId, type SpiffeId } from "#identity/spiffe-id.ts";
import {
  encodeAltNames,
  encodedSubjectAltNameOid,
  readAltNames,
  subjectAltNameOid,
} from "#identity/subject-alt-name.ts";

/** A request for a certificate that is not taken; the message is a clause that says why. */
export class CsrFault extends Error {
  override readonly name = "CsrFault";
}

/** All that is taken from a request; whatever else it asks for does not count. */
export interface Csr {
  readonly key: AcceptedKey;
  /** The identity that the requester wants, not yet granted; `undefined` where it leaves that to the authority. */
  readonly spiffeId: SpiffeId | undefined;
}

const extensionRequestOid = "1.2.840.113549.1.9.14";
const maxPemLength = 24_576;

/** Which signatures go with which key, each with the hash that Node wants named. */
const signatures: Readonly<Record<string, { readonly kinds: readonly KeyKind[]; readonly hash: string | undefined }>> =
  {
    "1.2.840.10045.4.3.2": { kinds: ["P-256", "P-384"], hash: "sha256" },
    "1.2.840.10045.4.3.3": { kinds: ["P-256", "P-384"], hash: "sha384" },
    "1.2.840.10045.4.3.4": { kinds: ["P-256", "P-384"], hash: "sha512" },
    "1.2.840.113549.1.1.11": { kinds: ["RSA"], hash: "sha256" },
    "1.2.840.113549.1.1.12": { kinds: ["RSA"], hash: "sha384" },
    "1.2.840.113549.1.1.13": { kinds: ["RSA"], hash: "sha512" },
    "1.3.101.112": { kinds: ["Ed25519"], hash: undefined },
  };

/**
 * A request (PKCS #10, PEM) for a certificate with this identity, signed by the key that it is for.
 *
 * @param privateKey  on P-256
 */
export function makeCsr(privateKey: KeyObject, spiffeId: SpiffeId): string {
  const names = encodeAltNames({ uris: [spiffeId], dnsNames: [] });
  const extensions = sequence(sequence(encodedSubjectAltNameOid, octetString(names)));
  const info = sequence(
    integer(0),
    sequence(),
    createPublicKey(privateKey).export({ type: "spki", format: "der" }),
    explicit(0, sequence(oid(extensionRequestOid), setOf(extensions))),
  );
  return encodePem("CERTIFICATE REQUEST", sequence(info, ecdsaWithSha256, bitString(sign("sha256", info, privateKey))));
}

/**
 * Reads a request that anybody may have sent, and checks that its sender has the key.
 *
 * @param csr  PEM or DER
 * @throws CsrFault
 */
export function readCsr(csr: string | Uint8Array): Csr {
  try {
    return readInfo(readDer(derOf(csr)));
  } catch (fault) {
    if (fault instanceof DerFault) throw new CsrFault(`the certificate request is not taken: ${fault.message}`);
    throw fault;
  }
}

function derOf(csr: string | Uint8Array): Uint8Array {
  // PEM starts with a dash, DER with the tag of a sequence.
  const text = typeof csr === "string" ? csr : csr[0] === 0x2d ? Buffer.from(csr).toString("latin1") : undefined;
  if (text === undefined) return csr as Uint8Array;
  const blocks = decodePem("CERTIFICATE REQUEST", text, maxPemLength);
  if (blocks?.length !== 1) throw new DerFault("it is not one PEM block of a CERTIFICATE REQUEST");
  return blocks[0] as Buffer;
}

function readInfo(root: DerNode): Csr {
  const [info, algorithm, signature, ...more] = childrenOf(root, tag.sequence, "the request");
  const [version, subject, spki, attributes, ...others] = childrenOf(info, tag.sequence, "the request's content");
  if (more.length > 0 || others.length > 0) throw new DerFault("it has more parts than a request has");
  if (smallInteger(version, "its version") !== 0) throw new DerFault("its version is not 1");
  expect(subject, tag.sequence, "its subject");
  const key = readPublicKey(spki);
  requireSignature(key, info as DerNode, algorithm, wholeBytes(signature, "its signature"));
  return { key, spiffeId: wantedId(attributes) };
}

function requireSignature(key: AcceptedKey, signed: DerNode, algorithm: DerNode | undefined, signature: Buffer): void {
  const [type] = childrenOf(algorithm, tag.sequence, "its signature's algorithm");
  const known = signatures[dottedOid(type, "its signature's algorithm")];
  if (!known?.kinds.includes(key.kind)) throw new DerFault("its signature is of a kind that does not go with its key");
  if (!verify(known.hash, signed.bytes, key.key, signature)) throw new DerFault("its signature is wrong");
}

function wantedId(attributes: DerNode | undefined): SpiffeId | undefined {
  if (attributes === undefined) return undefined;
  const names: DerNode[] = [];
  for (const attribute of childrenOf(attributes, constructedContextTag(0), "the list of attributes")) {
    const [type, values] = childrenOf(attribute, tag.sequence, "an attribute");
    if (dottedOid(type, "an attribute's type") !== extensionRequestOid) continue;
    const [extensions, ...more] = childrenOf(values, tag.set, "the wanted extensions");
    if (more.length > 0) throw new DerFault("it wants extensions twice");
    for (const extension of childrenOf(extensions, tag.sequence, "the wanted extensions")) {
      const parts = childrenOf(extension, tag.sequence, "a wanted extension");
      if (dottedOid(parts[0], "an extension's type") !== subjectAltNameOid) continue;
      names.push(expect(parts.at(-1), tag.octetString, "the wanted names"));
    }
  }
  if (names.length === 0) return undefined;
  if (names.length > 1) throw new DerFault("it wants names twice");
  const { uris } = readAltNames((names[0] as DerNode).content);
  if (uris.length > 1) throw new DerFault("it wants more than one identity");
  const [uri] = uris;
  if (uri !== undefined && !isSpiffeId(uri))
    throw new DerFault("the identity that it wants is not a SPIFFE id of a workload");
  return uri;
}
