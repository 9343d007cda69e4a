import { isWildcard } from "#api/hosts.ts";
import type { MeshService } from "#model/service.ts";

/** Of services that say they have the same address, the one that is called by it: the first with a name of its own. */
export function ownerOf(claimants: readonly MeshService[]): MeshService | undefined {
  return claimants.find(({ host }) => !isWildcard(host)) ?? claimants[0];
}
