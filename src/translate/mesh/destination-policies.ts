import { fullHost, isWildcard } from "#api/hosts.ts";
import type { DestinationRuleObject } from "#api/objects.ts";
import type { Read } from "#graph/read.ts";
import type { Index } from "#graph/value-index.ts";
import type { DestinationPolicy } from "#model/destination-policy.ts";
import { byAge } from "#model/routing.ts";

/**
 * @reads networking.istio.io/v1 DestinationRule spec.host
 * @reads networking.istio.io/v1 DestinationRule spec.subsets
 * @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy
 */
export function* destinationPolicyOf({ key, metadata, spec }: DestinationRuleObject): Iterable<DestinationPolicy> {
  yield {
    key,
    namespace: metadata.namespace,
    host: fullHost(spec.host, metadata.namespace),
    policy: spec.trafficPolicy,
    subsets: spec.subsets.map(({ name, labels, trafficPolicy }) => ({ name, labels, policy: trafficPolicy })),
    createdAt: metadata.creationTimestamp ?? "",
  };
}

/**
 * What holds for callers of one namespace when they call a host: the caller's own namespace says first, then the
 * service's, then the root namespace. Within one, the most specific host counts, and of two for one host the older.
 */
export function policyFor(
  host: string,
  namespaces: { readonly caller: string; readonly service: string; readonly root: string },
  byHost: Index<DestinationPolicy>,
  read: Read,
): DestinationPolicy | undefined {
  const candidates = hostsThatCover(host).flatMap((covering) => [...read.where(byHost, covering)].sort(byAge));
  for (const namespace of [namespaces.caller, namespaces.service, namespaces.root]) {
    const found = candidates.find((policy) => policy.namespace === namespace);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The host itself, and the wildcards that cover it, most specific first. */
export function hostsThatCover(host: string): string[] {
  const covering = [host];
  let rest = isWildcard(host) ? host.slice(1) : host;
  for (let dot = rest.indexOf(".", isWildcard(host) ? 1 : 0); dot !== -1; dot = rest.indexOf(".", 1)) {
    rest = rest.slice(dot);
    covering.push(`*${rest}`);
  }
  covering.push("*");
  return covering;
}
