import type { MeshService } from "#model/service.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";

/** Addresses by host: what DNS answers. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** The hosts of the mesh and their addresses, and who wants to hear of changes. */
export class NameFeed {
  readonly #services: MeshGraph["mesh"]["services"];
  readonly #listeners = new Set<(changed: Names) => void>();

  constructor({ graph, mesh }: MeshGraph) {
    this.#services = mesh.services;
    graph.watch(mesh.services, (changes) => {
      const changed: Record<string, readonly string[]> = {};
      for (const { key, after } of changes) changed[key] = after === undefined ? [] : addressesOf(after);
      for (const listener of this.#listeners) listener(changed);
    });
  }

  get names(): Names {
    const names: Record<string, readonly string[]> = {};
    for (const service of this.#services.values()) {
      const addresses = addressesOf(service);
      if (addresses.length > 0) names[service.host] = addresses;
    }
    return names;
  }

  /** @returns ends it */
  watch(listener: (changed: Names) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function addressesOf({ addresses }: MeshService): readonly string[] {
  // A range is no address to connect to.
  return addresses.filter((address) => !address.includes("/"));
}
