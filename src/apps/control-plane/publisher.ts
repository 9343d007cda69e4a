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
  /** Clients that are to be served from other layers. */
  readonly #moves = new Map<ConnectedClient, readonly Layer[]>();
  /** Scopes that no proxy is in any more. */
  readonly #ended = new Set<string>();
  #pending: Change[] = [];

  constructor(meshGraph: MeshGraph, server: XdsServer) {
    this.#meshGraph = meshGraph;
    this.#server = server;
    for (const scopes of meshGraph.scopes) {
      meshGraph.graph.watch(scopes, (changes) => {
        for (const { key, after } of changes) {
          if (after === undefined) this.#ended.add(key);
          else this.#ended.delete(key);
        }
      });
    }
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

  /** Serves a client from the layers of these scopes, as of the next batch. */
  move(client: ConnectedClient, scopes: readonly string[]): void {
    this.#moves.set(
      client,
      scopes.map((scope) => this.layer(scope)),
    );
  }

  /**
   * Sends out what changed since the last time, as one batch. Clients that come to be in another scope are moved when
   * its layer is full, and before that of their old one is emptied: they are sent what differs, and never lose the rest.
   */
  publish(): Rollout<ConnectedClient> {
    const { emptied = [], changed = [] } = Object.groupBy(this.#pending, ({ layer }) =>
      this.#ended.has(layer.label) ? "emptied" : "changed",
    );
    const moves = [...this.#moves];
    this.#pending = [];
    this.#moves.clear();
    const rollout = this.#server.publish(changed, moves);
    if (emptied.length > 0) this.#server.publish(emptied);
    for (const scope of this.#ended) this.#layers.delete(scope);
    this.#ended.clear();
    if (changed.length + moves.length > 0) for (const listener of this.#listeners) listener(rollout);
    return rollout;
  }

  /** Calls back with each batch that changes anything; the answer ends that. */
  onPublish(listener: (rollout: Rollout<ConnectedClient>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
