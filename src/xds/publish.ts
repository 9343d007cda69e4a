import type { Layer, Shelf } from "./layer.ts";
import type { EncodedResource, TypeUrl } from "./resource.ts";
import { Rollout } from "./rollout.ts";
import type { LayerChange } from "./subscriptions.ts";

/** One change of one layer: a resource that is new or differs, or a name that is gone. */
export type Change =
  | { readonly layer: Layer; readonly resource: EncodedResource }
  | { readonly layer: Layer; readonly typeUrl: TypeUrl; readonly removed: string };

/** A batch that is in the layers, and not yet with the clients. */
export interface Applied {
  readonly layers: ReadonlyMap<Layer, ReadonlyMap<TypeUrl, readonly LayerChange[]>>;
  /** What it changes, as `Rollout.keyOf`. */
  readonly keys: ReadonlySet<string>;
  /** To be called when every client was told: the numbers of removed names become free. */
  release(): void;
}

/** Puts changes into their layers. One that changes nothing, the version being the same, is none. */
export function applyChanges(changes: Iterable<Change>): Applied {
  const layers = new Map<Layer, Map<TypeUrl, LayerChange[]>>();
  const keys = new Set<string>();
  const taken: { readonly shelf: Shelf; readonly id: number }[] = [];
  for (const change of changes) {
    const { layer } = change;
    const typeUrl = "resource" in change ? change.resource.typeUrl : change.typeUrl;
    const name = "resource" in change ? change.resource.name : change.removed;
    const before = layer.get(typeUrl, name);
    const shelf = layer.shelfFor(typeUrl);
    let id: number;
    if ("resource" in change) {
      if (before?.version === change.resource.version) continue;
      id = shelf.put(change.resource);
    } else {
      if (before === undefined) continue;
      id = shelf.names.idOf(name) as number;
      shelf.take(id);
      taken.push({ shelf, id });
    }
    keys.add(Rollout.keyOf(typeUrl, name));
    const types = layers.get(layer) ?? new Map<TypeUrl, LayerChange[]>();
    layers.set(layer, types);
    const ofType = types.get(typeUrl) ?? [];
    types.set(typeUrl, ofType);
    ofType.push({ id, name, before });
  }
  const release = () => {
    for (const { shelf, id } of taken) shelf.names.release(id);
  };
  return { layers, keys, release };
}
