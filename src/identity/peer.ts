import type { X509Certificate } from "node:crypto";
import { tag } from "#identity/der.ts";
import { childrenOf, DerFault, type DerNode, dottedOid, readDer } from "#identity/der-reader.ts";
import { isSpiffeId, type SpiffeId } from "#identity/spiffe-id.ts";
import { readAltNames, subjectAltNameOid } from "#identity/subject-alt-name.ts";

/**
 * Who a verified certificate says its holder is; `undefined` where it does not name exactly one workload of a mesh.
 *
 * This reads the certificate and proves nothing: TLS must have checked its chain before.
 */
export function spiffeIdOf(certificate: X509Certificate): SpiffeId | undefined {
  try {
    const [uri, ...more] = uriNames(certificate);
    return uri !== undefined && more.length === 0 && isSpiffeId(uri) ? uri : undefined;
  } catch (fault) {
    if (fault instanceof DerFault) return undefined;
    throw fault;
  }
}

/**
 * The URIs among the names of a certificate, byte for byte. (Node's own `subjectAltName` is a text with escapes.)
 *
 * @throws DerFault
 */
export function uriNames(certificate: X509Certificate): readonly string[] {
  const extensions = certificateParts(certificate).find((part) => part.tag === 0xa3);
  for (const { children } of extensions?.children[0]?.children ?? []) {
    if (dottedOid(children[0], "an extension's type") !== subjectAltNameOid) continue;
    return readAltNames((children.at(-1) as DerNode).content).uris;
  }
  return [];
}

/** A certificate's subject as it is encoded. */
export function encodedSubjectOf(certificate: X509Certificate): Buffer {
  // Version, serial number, algorithm, issuer, validity, subject.
  return (certificateParts(certificate)[5] as DerNode).bytes;
}

function certificateParts(certificate: X509Certificate): readonly DerNode[] {
  const [info] = childrenOf(readDer(certificate.raw), tag.sequence, "the certificate");
  return childrenOf(info, tag.sequence, "the certificate's content");
}
