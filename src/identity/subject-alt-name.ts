import { contextTag, element, oid, sequence, tag } from "#identity/der.ts";
import { childrenOf, readDer } from "#identity/der-reader.ts";

/** The names that a certificate, or a request for one, has beside its subject. */
export interface AltNames {
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
}

export const subjectAltNameOid = "2.5.29.17";
export const encodedSubjectAltNameOid = oid(subjectAltNameOid);

const dnsTag = contextTag(2);
const uriTag = contextTag(6);

/** @throws where a DNS name is not one */
export function encodeAltNames({ uris, dnsNames }: AltNames): Buffer {
  for (const name of dnsNames) if (!isDnsName(name)) throw new Error(`"${name}" is not a DNS name`);
  return sequence(
    ...uris.map((uri) => element(uriTag, Buffer.from(uri, "ascii"))),
    ...dnsNames.map((name) => element(dnsTag, Buffer.from(name, "ascii"))),
  );
}

/**
 * The inverse of {@link encodeAltNames}; names of other types are left out.
 *
 * @throws DerFault
 */
export function readAltNames(der: Uint8Array): AltNames {
  const uris: string[] = [];
  const dnsNames: string[] = [];
  for (const { tag: type, content } of childrenOf(readDer(der), tag.sequence, "the list of names")) {
    // latin1 keeps each byte apart; whatever is not ASCII is no SPIFFE id and no DNS name.
    if (type === uriTag) uris.push(content.toString("latin1"));
    if (type === dnsTag) dnsNames.push(content.toString("latin1"));
  }
  return { uris, dnsNames };
}

function isDnsName(name: string): boolean {
  return (
    name.length <= 253 &&
    /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/.test(name)
  );
}
