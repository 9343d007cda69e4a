import { fullHost, isWildcard } from "#api/hosts.ts";
import type { DestinationRuleObject } from "#api/objects.ts";
import type { Read } from "#graph/read.ts";
import type { Index } from "#graph/value-index.ts";
import type { DestinationPolicy, Subset } from "#model/destination-policy.ts";
import { oldestFirst } from "#translate/mesh/oldest-first.ts";

/** Where a rule counts, and the key of what becomes of it: rules of one namespace for one host are one policy. */
export function targetOf({ metadata: { namespace }, spec }: DestinationRuleObject): string {
  return `${namespace} ${fullHost(spec.host, namespace)}`;
}

/**
 * What the rules of one target come to, as Istio merges them: the subsets of all of them, and the traffic policy of the
 * oldest that has one. Of two subsets with one name, that of the older rule counts.
 *
 * @reads networking.istio.io/v1 DestinationRule spec.host
 * @reads networking.istio.io/v1 DestinationRule spec.subsets
 * @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy
 */
export function* destinationPolicyOf(
  target: string,
  rules: readonly DestinationRuleObject[],
): Iterable<DestinationPolicy> {
  const inOrder = oldestFirst(rules);
  const subsets = new Map<string, Subset>();
  for (const { name, labels, trafficPolicy: policy } of inOrder.flatMap(({ spec }) => spec.subsets)) {
    if (!subsets.has(name)) subsets.set(name, { name, labels, policy });
  }
  const space = target.indexOf(" ");
  yield {
    key: target,
    namespace: target.slice(0, space),
    host: target.slice(space + 1),
    policy: inOrder.map(({ spec }) => spec.trafficPolicy).find((policy) => policy !== undefined),
    subsets: [...subsets.values()],
  };
}

/**
 * What holds for callers of one namespace when they call a host: the caller's own namespace says first, then the
 * service's, then the root namespace. Within one, the most specific host counts.
 */
export function policyFor(
  host: string,
  namespaces: { readonly caller: string; readonly service: string; readonly root: string },
  byHost: Index<DestinationPolicy>,
  read: Read,
): DestinationPolicy | undefined {
  const candidates = hostsThatCover(host).flatMap((covering) => read.where(byHost, covering));
  const { caller, service, root } = namespaces;
  // What the root namespace says for the whole mesh does not hide what a service's own namespace says from callers there.
  for (const namespace of caller === root ? [service, root] : [caller, service, root]) {
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
