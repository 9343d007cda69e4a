import type { EncodedResource } from "#xds/resource.ts";

/** An Envoy resource, and the layer that it is served in: to whom it goes. */
export interface LayerResource {
  readonly key: string;
  /** The key of a scope. */
  readonly layer: string;
  readonly resource: EncodedResource;
}

export function layerResource(layer: string, resource: EncodedResource): LayerResource {
  return { key: `${layer} ${resource.typeUrl} ${resource.name}`, layer, resource };
}

/** Content decides: the same bytes in the same place are the same resource. */
export function sameResource(a: LayerResource, b: LayerResource): boolean {
  return a.key === b.key && a.resource.version === b.resource.version;
}
