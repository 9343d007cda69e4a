import { type Keyed, StoredCollection, type Surroundings } from "#graph/collection.ts";
import type { ValueIndex } from "#graph/value-index.ts";

/** A value that at least one item of an indexed collection has. */
export interface Group extends Keyed {
  /** The value itself. */
  readonly key: string;
}

/** The values of an index as a collection: what is derived once for all the items that share one. */
export class Groups extends StoredCollection<Group> {
  readonly index: ValueIndex<Keyed>;
  readonly #dirty = new Set<string>();

  constructor(graph: Surroundings, order: number, name: string, index: ValueIndex<Keyed>) {
    super(graph, order, name, (a, b) => a.key === b.key);
    this.index = index;
    for (const value of index.values()) this.#dirty.add(value);
    index.onValue((value) => this.#dirty.add(value));
  }

  get hasWork(): boolean {
    return this.#dirty.size > 0;
  }

  *turn(): Generator<void> {
    for (const value of this.#dirty) {
      this.#dirty.delete(value);
      this.put(value, this.index.keys(value).length > 0 ? { key: value } : undefined);
      yield;
    }
  }
}
