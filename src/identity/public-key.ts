import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { tag } from "#identity/der.ts";
import { childrenOf, DerFault, type DerNode, dottedOid, readDer, wholeBytes } from "#identity/der-reader.ts";

/** The kinds of key that a workload may have. */
export type KeyKind = "P-256" | "P-384" | "RSA" | "Ed25519";

export interface AcceptedKey {
  readonly kind: KeyKind;
  readonly key: KeyObject;
  /** The SubjectPublicKeyInfo as certificates carry it, in its one DER form. */
  readonly spki: Buffer;
}

/**
 * Reads a SubjectPublicKeyInfo that somebody sent. Curves with parameters of their own never reach OpenSSL.
 *
 * @throws DerFault for keys other than P-256, P-384, RSA of 2048 to 8192 bits, and Ed25519
 */
export function readPublicKey(node: DerNode | undefined): AcceptedKey {
  const [algorithm, bits, ...more] = childrenOf(node, tag.sequence, "the public key");
  const [type, parameters, ...others] = childrenOf(algorithm, tag.sequence, "the public key's algorithm");
  if (more.length + others.length > 0) throw new DerFault("its public key has more parts than a key has");
  const kind = kindOf(dottedOid(type, "the public key's algorithm"), parameters);
  const keyBytes = wholeBytes(bits, "the public key");
  if ((kind === "P-256" || kind === "P-384") && keyBytes[0] !== 4) throw new DerFault("its point is compressed");
  let key: KeyObject;
  try {
    key = createPublicKey({ key: (node as DerNode).bytes, type: "spki", format: "der" });
  } catch {
    throw new DerFault("its public key is not one");
  }
  // Only RSA has lengths to check, and freedom in how it is encoded; asking OpenSSL costs as much as the signature.
  return kind === "RSA" ? acceptKey(key) : { kind, key, spki: Buffer.from((node as DerNode).bytes) };
}

/**
 * A key that certificates may be made for.
 *
 * @throws DerFault as {@link readPublicKey}
 */
export function acceptKey(key: KeyObject): AcceptedKey {
  const kind = kindOfKey(key);
  if (kind === undefined) throw new DerFault("its key is not P-256, P-384, RSA of 2048 to 8192 bits, or Ed25519");
  return { kind, key, spki: key.export({ type: "spki", format: "der" }) };
}

/** The key identifier of RFC 7093, method 1: the first 160 bits of the SHA-256 of the key's own bits. */
export function keyIdentifier(spki: Uint8Array): Buffer {
  const bits = wholeBytes(readDer(spki).children[1], "the public key");
  return createHash("sha256").update(bits).digest().subarray(0, 20);
}

function kindOf(algorithm: string, parameters: DerNode | undefined): KeyKind {
  if (algorithm === "1.2.840.113549.1.1.1" && parameters?.tag === tag.null) return "RSA";
  if (algorithm === "1.3.101.112" && parameters === undefined) return "Ed25519";
  if (algorithm === "1.2.840.10045.2.1" && parameters?.tag === tag.oid) {
    const curve = dottedOid(parameters, "the curve");
    if (curve === "1.2.840.10045.3.1.7") return "P-256";
    if (curve === "1.3.132.0.34") return "P-384";
  }
  throw new DerFault("its key is not P-256, P-384, RSA or Ed25519");
}

function kindOfKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyKind | undefined {
  if (asymmetricKeyType === "ed25519") return "Ed25519";
  if (asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1") return "P-256";
  if (asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "secp384r1") return "P-384";
  if (asymmetricKeyType !== "rsa") return undefined;
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  const usual = modulusLength >= 2048 && modulusLength <= 8192 && publicExponent >= 3n && publicExponent < 2n ** 32n;
  return usual ? "RSA" : undefined;
}
