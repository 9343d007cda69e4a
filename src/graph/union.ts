import { type Follower, type Keyed, StoredCollection, type Surroundings } from "#graph/collection.ts";

/** Several collections as one. Of items with one key, that of the collection listed first counts. */
export class Union<T extends Keyed> extends StoredCollection<T> implements Follower<T> {
  readonly of: readonly StoredCollection<T>[];
  readonly #dirty = new Set<string>();

  constructor(graph: Surroundings, order: number, name: string, of: readonly StoredCollection<T>[]) {
    // Each collection has already judged what is a change.
    super(graph, order, name, Object.is);
    this.of = of;
    for (const collection of of) {
      for (const key of collection.items.keys()) this.#dirty.add(key);
      collection.followers.push(this);
    }
  }

  get hasWork(): boolean {
    return this.#dirty.size > 0;
  }

  changed(key: string): void {
    this.#dirty.add(key);
  }

  *turn(): Generator<void> {
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      this.put(key, this.ownerOf(key)?.items.get(key));
      yield;
    }
  }

  /** The collection that an item is of. */
  ownerOf(key: string): StoredCollection<T> | undefined {
    return this.of.find((collection) => collection.items.has(key));
  }
}
