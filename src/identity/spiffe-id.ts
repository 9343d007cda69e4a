/** A workload's name for itself, such as `spiffe://cluster.local/ns/shop/sa/reviews`. */
export type SpiffeId = string & { readonly is: "SpiffeId" };

/** What a SPIFFE id of a mesh's workload says. */
export interface SpiffeIdParts {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** The SPIFFE standard's own limit on a whole id. */
const maxLength = 2048;
const dnsLabel = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * The SPIFFE id of a service account.
 *
 * @throws where a part is not what Kubernetes and SPIFFE allow there: such a part could pass for another identity
 */
export function spiffeId({ trustDomain, namespace, serviceAccount }: SpiffeIdParts): SpiffeId {
  if (!isTrustDomain(trustDomain)) throw new Error(`"${trustDomain}" is not a trust domain, such as cluster.local`);
  if (!isNamespace(namespace)) throw new Error(`"${namespace}" is not a namespace's name`);
  if (!isServiceAccount(serviceAccount)) throw new Error(`"${serviceAccount}" is not a service account's name`);
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}` as SpiffeId;
}

/**
 * The inverse of {@link spiffeId}; `undefined` for anything that is not exactly of its form. There is one spelling of
 * each identity (no ports, queries, percent signs, dots for "here" or upper-case), so ids compare as strings.
 */
export function parseSpiffeId(id: string): SpiffeIdParts | undefined {
  if (id.length > maxLength || !id.startsWith("spiffe://")) return undefined;
  const [trustDomain = "", ns, namespace = "", sa, serviceAccount = "", ...rest] = id
    .slice("spiffe://".length)
    .split("/");
  if (ns !== "ns" || sa !== "sa" || rest.length > 0) return undefined;
  if (!isTrustDomain(trustDomain) || !isNamespace(namespace) || !isServiceAccount(serviceAccount)) return undefined;
  return { trustDomain, namespace, serviceAccount };
}

export function isSpiffeId(id: string): id is SpiffeId {
  return parseSpiffeId(id) !== undefined;
}

/** The id of a trust domain itself, which its authorities carry: a SPIFFE id without a path. */
export function trustDomainId(trustDomain: string): string {
  if (!isTrustDomain(trustDomain)) throw new Error(`"${trustDomain}" is not a trust domain, such as cluster.local`);
  return `spiffe://${trustDomain}`;
}

/** As SPIFFE has it: lower-case letters, digits, dots, dashes and underscores, without empty parts. */
export function isTrustDomain(name: string): boolean {
  return name.length <= 255 && name.split(".").every((part) => /^[a-z0-9_-]+$/.test(part));
}

function isNamespace(name: string): boolean {
  return name.length <= 63 && dnsLabel.test(name);
}

function isServiceAccount(name: string): boolean {
  return name.length <= 253 && name.split(".").every((label) => dnsLabel.test(label));
}
