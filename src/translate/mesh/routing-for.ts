import type { Read } from "#graph/read.ts";
import type { Routing } from "#model/routing.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { hostsThatCover } from "#translate/mesh/destination-policies.ts";

/** What says how sidecars route a host: of the most specific that name it, the oldest. */
export function routingFor(host: string, mesh: MeshCollections, read: Read): Routing | undefined {
  for (const covering of hostsThatCover(host)) {
    const [first] = mesh.routingsOf(covering, read);
    if (first !== undefined) return first;
  }
  return undefined;
}
