import type { Collection } from "#graph/collection.ts";
import type { Ingredient } from "#graph/explain.ts";
import type { LayerResource } from "#model/layer-resource.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";
import type { ConnectedClient } from "#xds/connected-client.ts";
import type { Layer } from "#xds/layer.ts";
import type { Change } from "#xds/publish.ts";
import type { Rollout } from "#xds/rollout.ts";
import type { XdsServer } from "#xds/server.ts";

/** Puts what was derived into the layers that proxies are served from. */
export class Publisher {
  readonly #meshGraph: MeshGraph;
  readonly #server: XdsServer;
  readonly #layers = new Map<string, Layer>();
  readonly #listeners = new Set<(rollout: Rollout<ConnectedClient>) => void>();
  #pending: Change[] = [];

  constructor(meshGraph: MeshGraph, server: XdsServer) {
    this.#meshGraph = meshGraph;
    this.#server = server;
    for (const collection of meshGraph.resources) {
      meshGraph.graph.watch(collection, (changes) => {
        for (const { before, after } of changes) {
          const { layer, resource } = (after ?? before) as LayerResource;
          const { typeUrl, name } = resource;
          this.#pending.push(
            after === undefined
              ? { layer: this.layer(layer), typeUrl, removed: name }
              : { layer: this.layer(layer), resource },
          );
        }
      });
    }
  }

  /** The layer of a scope. */
  layer(scope: string): Layer {
    let layer = this.#layers.get(scope);
    if (layer === undefined) {
      layer = this.#server.newLayer(scope);
      this.#layers.set(scope, layer);
    }
    return layer;
  }

  /** Sends out what changed since the last time, as one batch. */
  publish(): Rollout<ConnectedClient> {
    const changes = this.#pending;
    this.#pending = [];
    const rollout = this.#server.publish(changes);
    if (changes.length > 0) for (const listener of this.#listeners) listener(rollout);
    return rollout;
  }

  /** Calls back with each batch that changes anything; the answer ends that. */
  onPublish(listener: (rollout: Rollout<ConnectedClient>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A scope that no proxy is in any more; its resources are gone with the settle before. */
  forget(scope: string): void {
    this.#layers.delete(scope);
  }

  /** What users wrote that a client's resource was made from. */
  madeFrom(client: ConnectedClient, typeUrl: string, name: string): readonly Ingredient[] {
    for (const { label } of client.layers) {
      const key = `${label} ${typeUrl} ${name}`;
      const holder = this.#meshGraph.resources.find((collection: Collection<LayerResource>) => collection.get(key));
      if (holder !== undefined) return this.#meshGraph.graph.explain(holder, key).filter(isWritten);
    }
    return [];
  }
}

/** Inputs that are no objects of users. */
const unwritten: ReadonlySet<string> = new Set(["mesh settings", "addresses", "proxies", "WorkloadEntry"]);

function isWritten({ collection }: Ingredient): boolean {
  return !unwritten.has(collection);
}
