import type { Log } from "#base/log.ts";
import type { MeshService } from "#model/service.ts";
import type { Addresses } from "#sources/store/addresses.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";

/**
 * Gives virtual addresses to services that have none of their own, and takes them back when the services are gone.
 * What is given is set as an input, so that it is in force in the settle that found the need.
 */
export function giveAddresses({ graph, inputs, mesh }: MeshGraph, addresses: Addresses, log: Log): void {
  for (const [host, address] of addresses.list()) inputs.addresses.set({ key: host, address });
  graph.watch(mesh.services, (changes) => {
    const gone = changes.filter(({ after }) => after === undefined).map(({ key }) => key);
    const needy = changes.flatMap(({ after }) => (after !== undefined && needsAddress(after) ? [after.host] : []));
    try {
      for (const host of gone) inputs.addresses.delete(host);
      if (gone.length > 0) addresses.free(gone);
      if (needy.length === 0) return;
      for (const [host, address] of addresses.allocate(needy)) inputs.addresses.set({ key: host, address });
    } catch (error) {
      log.error("services are left without virtual addresses", { services: needy, error });
    }
  });
}

/** A wildcard is no single destination, and names from outside lead where DNS says. */
function needsAddress({ host, addresses, ports }: MeshService): boolean {
  return addresses.length === 0 && ports.length > 0 && !host.startsWith("*");
}
