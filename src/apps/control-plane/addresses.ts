import type { Log } from "#base/log.ts";
import type { MeshService } from "#model/service.ts";
import type { Addresses } from "#sources/store/addresses.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";

/**
 * Gives virtual addresses to services that are to have one and bring none of their own, and takes them back when the
 * services are gone. What is given is set as an input, so that it is in force in the settle that found the need.
 */
export function giveAddresses({ graph, inputs, mesh }: MeshGraph, addresses: Addresses, log: Log): void {
  for (const [host, address] of addresses.list()) inputs.addresses.set({ key: host, address });
  graph.watch(mesh.services, (changes) => {
    const done = changes
      .filter(({ key, after }) => after?.virtual !== true && inputs.addresses.get(key) !== undefined)
      .map(({ key }) => key);
    const needy = changes.flatMap(({ after }) => (after !== undefined && needsAddress(after) ? [after.host] : []));
    try {
      for (const host of done) inputs.addresses.delete(host);
      if (done.length > 0) addresses.free(done);
      if (needy.length === 0) return;
      for (const [host, address] of addresses.allocate(needy)) inputs.addresses.set({ key: host, address });
    } catch (error) {
      log.error("services are left without virtual addresses", { services: needy, error });
    }
  });
}

function needsAddress({ virtual, addresses, ports }: MeshService): boolean {
  return virtual && addresses.length === 0 && ports.length > 0;
}
