import { IdSet } from "./id-set.ts";
import type { Layer } from "./layer.ts";
import type { Form, Part } from "./part.ts";
import type { EncodedResource, TypeUrl } from "./resource.ts";

/** What one client gets to see: layers, of which the first that holds a name says what it is. */
export class View {
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.layers = [...new Set(layers)];
  }

  find(typeUrl: TypeUrl, id: number): EncodedResource | undefined {
    return this.holder(typeUrl, id)?.shelf(typeUrl)?.get(id);
  }

  /** The layer that a name's resource comes from. */
  holder(typeUrl: TypeUrl, id: number): Layer | undefined {
    return this.layers.find((layer) => layer.shelf(typeUrl)?.members.has(id));
  }

  /** The numbers of all names of a type. */
  members(typeUrl: TypeUrl): IdSet {
    const all = new IdSet();
    for (const layer of this.layers) all.addAll(layer.shelf(typeUrl)?.members ?? none);
    return all;
  }

  /** The numbers of all virtual hosts under a route configuration. */
  under(virtualHostType: TypeUrl, routeConfiguration: string): IdSet {
    const all = new IdSet();
    for (const layer of this.layers) all.addAll(layer.shelf(virtualHostType)?.under(routeConfiguration) ?? none);
    return all;
  }

  /** These resources for the wire, in a part for each layer that has some of them. */
  parts(typeUrl: TypeUrl, ids: IdSet, form: Form): readonly Part[] {
    const parts: Part[] = [];
    let left = ids;
    for (const layer of this.layers) {
      if (left.empty) break;
      const shelf = layer.shelf(typeUrl);
      if (shelf === undefined) continue;
      const here = left.within(shelf.members) ? left : left.and(shelf.members);
      if (here.empty) continue;
      parts.push(shelf.part(here, form));
      left = left.without(here);
    }
    return parts;
  }
}

const none: IdSet = new IdSet();
