import type { Catalogue, Names } from "./catalogue.ts";
import { IdSet } from "./id-set.ts";
import { type Form, type Part, RecentParts } from "./part.ts";
import type { EncodedResource, TypeUrl } from "./resource.ts";
import { routeConfigurationOf, virtualHostType } from "./type-urls.ts";

/** What one layer holds of one type. */
export class Shelf {
  readonly names: Names;
  /** The numbers of the names held. */
  readonly members = new IdSet();
  readonly #resources = new Map<number, EncodedResource>();
  /** For virtual hosts: their numbers by the route configuration they are under. */
  readonly #byRouteConfiguration: Map<string, IdSet> | undefined;
  readonly #parts = new RecentParts();

  constructor(typeUrl: TypeUrl, names: Names) {
    this.names = names;
    this.#byRouteConfiguration = typeUrl === virtualHostType ? new Map() : undefined;
  }

  get(id: number): EncodedResource | undefined {
    return this.#resources.get(id);
  }

  /** The virtual hosts under a route configuration. */
  under(routeConfiguration: string): IdSet | undefined {
    return this.#byRouteConfiguration?.get(routeConfiguration);
  }

  put(resource: EncodedResource): number {
    const known = this.names.idOf(resource.name);
    const id = known !== undefined && this.members.has(known) ? known : this.names.hold(resource.name);
    this.members.add(id);
    this.#resources.set(id, resource);
    this.#parts.forget();
    if (this.#byRouteConfiguration !== undefined) {
      const parent = routeConfigurationOf(resource.name);
      const siblings = this.#byRouteConfiguration.get(parent) ?? new IdSet();
      siblings.add(id);
      this.#byRouteConfiguration.set(parent, siblings);
    }
    return id;
  }

  /** Takes a resource out. Its number stays held until the caller has told all streams and releases it. */
  take(id: number): void {
    this.members.delete(id);
    this.#resources.delete(id);
    this.#parts.forget();
    const parent = routeConfigurationOf(this.names.nameOf(id));
    const siblings = this.#byRouteConfiguration?.get(parent);
    siblings?.delete(id);
    if (siblings?.empty) this.#byRouteConfiguration?.delete(parent);
  }

  /** These resources, put together for the wire; streams in lock step get the same bytes. */
  part(ids: IdSet, form: Form): Part {
    return this.#parts.get(ids, form, (id) => this.#resources.get(id) as EncodedResource);
  }
}

/**
 * A set of resources of all types, shared by every client whose view holds it: all that a scope sees, or the inbound
 * side of one workload. It changes through the server's `publish` alone, so that every change reaches its clients.
 */
export class Layer {
  readonly label: string;
  readonly #catalogue: Catalogue;
  readonly #shelves = new Map<TypeUrl, Shelf>();

  /** @param label  what it is called in messages for people */
  constructor(label: string, catalogue: Catalogue) {
    this.label = label;
    this.#catalogue = catalogue;
  }

  get(typeUrl: TypeUrl, name: string): EncodedResource | undefined {
    const shelf = this.#shelves.get(typeUrl);
    const id = shelf?.names.idOf(name);
    return id === undefined ? undefined : shelf?.get(id);
  }

  *names(typeUrl: TypeUrl): Generator<string> {
    const shelf = this.#shelves.get(typeUrl);
    for (const id of shelf?.members ?? []) yield shelf?.names.nameOf(id) as string;
  }

  get types(): Iterable<TypeUrl> {
    return this.#shelves.keys();
  }

  shelf(typeUrl: TypeUrl): Shelf | undefined {
    return this.#shelves.get(typeUrl);
  }

  /** The shelf of a type, made where there is none yet. For the server alone. */
  shelfFor(typeUrl: TypeUrl): Shelf {
    let shelf = this.#shelves.get(typeUrl);
    if (shelf === undefined) {
      shelf = new Shelf(typeUrl, this.#catalogue.of(typeUrl));
      this.#shelves.set(typeUrl, shelf);
    }
    return shelf;
  }
}
