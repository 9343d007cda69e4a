import { createHash } from "node:crypto";
import { oid, sequence, setOf, utf8String } from "#identity/der.ts";

/**
 * What a certificate's subject says of its workload. Envoy puts a peer's subject into metrics and logs
 * (`%DOWNSTREAM_PEER_SUBJECT%`), so each side learns, signed, whom it talks to.
 */
export interface Subject {
  /** The workload, such as `reviews-v1`: the common name, CN. */
  readonly workload?: string | undefined;
  /** The canonical service, such as `reviews`: the organization, O. */
  readonly app?: string | undefined;
  /** The canonical revision, such as `v1`: the organizational unit, OU. */
  readonly version?: string | undefined;
}

const attributes = [
  ["app", "O", oid("2.5.4.10")],
  ["version", "OU", oid("2.5.4.11")],
  ["workload", "CN", oid("2.5.4.3")],
] as const;

/** X.509's own limit on each of these attributes. */
const maxLength = 64;

/**
 * A subject as X.509 encodes it.
 *
 * @throws where a part has letters that Kubernetes does not allow in labels, and so might need escapes
 */
export function encodeSubject(subject: Subject): Buffer {
  const names: Buffer[] = [];
  for (const [part, , type] of attributes) {
    const value = subject[part];
    if (value === undefined || value === "") continue;
    if (!/^[A-Za-z0-9._-]+$/.test(value))
      throw new Error(`"${value}" cannot be the ${part} in a certificate's subject`);
    names.push(setOf(sequence(type, utf8String(fitting(value)))));
  }
  return sequence(...names);
}

/** The inverse of {@link encodeSubject}, from a subject in the form of RFC 2253, as Envoy prints it. */
export function parseSubject(printed: string): Subject {
  const subject: { workload?: string; app?: string; version?: string } = {};
  for (const pair of printed.split(",")) {
    const [short, value] = pair.split("=", 2);
    const known = attributes.find(([, name]) => name === short);
    if (known !== undefined && value) subject[known[0]] = value;
  }
  return subject;
}

/** A name that is too long keeps its start, and a hash keeps it apart from others with that start. */
function fitting(value: string): string {
  if (value.length <= maxLength) return value;
  return `${value.slice(0, maxLength - 9)}-${createHash("sha256").update(value).digest("hex").slice(0, 8)}`;
}
