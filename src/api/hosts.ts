import { isIP } from "node:net";

/** Kubernetes' domain, in which short names of services are completed. */
export const defaultDomain = "svc.cluster.local";

/**
 * The whole name of a host that an object of a namespace names, as Istio completes it: a name without a dot is a
 * service of that namespace; anything with a dot, an IP address and `*` stay what they are.
 */
export function fullHost(host: string, namespace: string, domain: string = defaultDomain): string {
  if (host === "" || host === "*" || host.includes(".") || isIP(host) !== 0) return host;
  return `${host}.${namespace}.${domain}`;
}

/** The whole name of a service. */
export function serviceHost(name: string, namespace: string, domain: string = defaultDomain): string {
  return `${name}.${namespace}.${domain}`;
}

export function isWildcard(host: string): boolean {
  return host.startsWith("*");
}

/** Whether every name that `inner` stands for is one that `outer` stands for, too. */
export function hostCovers(outer: string, inner: string): boolean {
  if (!isWildcard(outer)) return outer === inner;
  if (isWildcard(inner)) return inner.length >= outer.length && inner.endsWith(outer.slice(1));
  return inner.endsWith(outer.slice(1));
}

/** Whether some name is meant by both: `*.com` and `shop.com`, in either order. */
export function hostsOverlap(one: string, other: string): boolean {
  return hostCovers(one, other) || hostCovers(other, one);
}

/** The hosts that both lists cover, each as narrow as the narrower list says it. */
export function commonHosts(some: readonly string[], others: readonly string[]): string[] {
  const common = new Set<string>();
  for (const one of some) {
    for (const other of others) {
      if (hostCovers(one, other)) common.add(other);
      else if (hostCovers(other, one)) common.add(one);
    }
  }
  return [...common].sort(bySpecificity);
}

/** Order of hosts from the most specific: names before wildcards, then the longer before the shorter, then by name. */
export function bySpecificity(a: string, b: string): number {
  if (isWildcard(a) !== isWildcard(b)) return isWildcard(a) ? 1 : -1;
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The entry whose host covers `host` most closely; `undefined` where none does. A wildcard is looked up as a name
 * as well, as Istio does: `*.shop.com` finds itself, `*.com` and `*`, but never `www.shop.com`.
 */
export function mostSpecific<T>(host: string, entries: ReadonlyMap<string, T>): T | undefined {
  const exact = entries.get(host);
  if (exact !== undefined) return exact;
  let dot = isWildcard(host) ? host.indexOf(".", 2) : host.indexOf(".");
  while (dot !== -1) {
    const found = entries.get(`*${host.slice(dot)}`);
    if (found !== undefined) return found;
    dot = host.indexOf(".", dot + 1);
  }
  return entries.get("*");
}

/**
 * The key of the Gateway that a VirtualService's `gateways` names: `name`, `namespace/name`, `./name`, or the old
 * `name.namespace.svc.cluster.local`. `mesh` is no Gateway: ask for it first.
 *
 * @reads networking.istio.io/v1 VirtualService spec.gateways
 */
export function gatewayKey(name: string, namespace: string): string {
  if (name.includes("/")) return name.startsWith("./") ? `${namespace}${name.slice(1)}` : name;
  const [short, ofNamespace] = name.split(".");
  return `${ofNamespace ?? namespace}/${short}`;
}
