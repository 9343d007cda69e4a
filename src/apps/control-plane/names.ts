import type { MeshService } from "#model/service.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";

/** Addresses by host: what DNS answers. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** The hosts of the mesh and their addresses, and who wants to hear of changes. */
export class NameFeed {
  readonly #mesh: MeshGraph["mesh"];
  readonly #listeners = new Set<(changed: Names) => void>();

  constructor({ graph, mesh }: MeshGraph) {
    this.#mesh = mesh;
    const tell = (changed: Names) => {
      if (Object.keys(changed).length > 0) for (const listener of this.#listeners) listener(changed);
    };
    graph.watch(mesh.services, (changes) => {
      tell(
        Object.fromEntries(changes.map(({ key, after }) => [key, after === undefined ? [] : this.#addressesOf(after)])),
      );
    });
    graph.watch(mesh.endpoints, (changes) => {
      const services = changes.flatMap(({ key }) => mesh.services.get(key) ?? []).filter(leadsToEndpoints);
      tell(Object.fromEntries(services.map((service) => [service.host, this.#addressesOf(service)])));
    });
  }

  get names(): Names {
    const names = [...this.#mesh.services.values()].map(
      (service) => [service.host, this.#addressesOf(service)] as const,
    );
    return Object.fromEntries(names.filter(([, addresses]) => addresses.length > 0));
  }

  /** @returns ends it */
  watch(listener: (changed: Names) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #addressesOf(service: MeshService): readonly string[] {
    // A range is no address to connect to.
    if (!leadsToEndpoints(service)) return service.addresses.filter((address) => !address.includes("/"));
    const endpoints = this.#mesh.endpoints.get(service.host)?.endpoints ?? [];
    return [...new Set(endpoints.filter(({ healthy }) => healthy).map(({ address }) => address))];
  }
}

/** A headless service is found by the addresses of who answers for it. */
function leadsToEndpoints({ virtual, addresses, resolution }: MeshService): boolean {
  return !virtual && addresses.length === 0 && resolution === "mesh";
}
