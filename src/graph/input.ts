import { type Collection, type Keyed, StoredCollection } from "#graph/collection.ts";

/** Where facts enter the graph. What is set or deleted waits for the next settle. */
export interface Input<T extends Keyed> extends Collection<T> {
  set(item: T): void;
  delete(key: string): void;
}

export class InputCollection<T extends Keyed> extends StoredCollection<T> implements Input<T> {
  /** The last word on each key since the last round began; `undefined` deletes. */
  readonly #waiting = new Map<string, T | undefined>();

  get hasWork(): boolean {
    return this.#waiting.size > 0;
  }

  set(item: T): void {
    this.graph.outsideOnly(`${this.name}.set`);
    if (typeof item.key !== "string") throw new Error(`${this.name}.set takes an item with a key`);
    this.#waiting.set(item.key, item);
  }

  delete(key: string): void {
    this.graph.outsideOnly(`${this.name}.delete`);
    this.#waiting.set(key, undefined);
  }

  /** Takes up all that waits, at once: a round sees the inputs of one moment. */
  take(): void {
    for (const [key, item] of this.#waiting) this.put(key, item);
    this.#waiting.clear();
  }
}
