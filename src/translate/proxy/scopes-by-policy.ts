import type { Collection } from "#graph/collection.ts";
import type { Read } from "#graph/read.ts";
import type { DestinationPolicy } from "#model/destination-policy.ts";
import type { OutboundScope } from "#model/scope.ts";
import type { MeshService } from "#model/service.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { policyFor } from "#translate/mesh/destination-policies.ts";

/** The scopes, by the policy that their callers of a service are under. */
export function scopesByPolicy(
  service: MeshService,
  scopes: Collection<OutboundScope>,
  mesh: MeshCollections,
  read: Read,
): ReadonlyMap<DestinationPolicy | undefined, readonly OutboundScope[]> {
  const { rootNamespace } = mesh.settingsOf(read);
  const policyOf = ({ namespace }: OutboundScope) =>
    policyFor(
      service.host,
      { caller: namespace, service: service.namespace, root: rootNamespace },
      mesh.policiesByHost,
      read,
    );
  return Map.groupBy(read.all(scopes), policyOf);
}
