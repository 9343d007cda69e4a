import type { Follower, Keyed, StoredCollection } from "#graph/collection.ts";
import type { Problems } from "#graph/problem.ts";
import { SortedKeys } from "#graph/sorted-keys.ts";
import type { Spot, SpotHome } from "#graph/spot.ts";

/** Finds the items of a collection by a value of theirs; asked by `read.where`. */
export interface Index<T extends Keyed> {
  /** Never there; it keeps an index of one type from passing for another's. */
  readonly itemType?: T;
}

/** The keys that share a value: mostly one, and then just that. */
type Bucket = string | { readonly keys: Set<string>; readonly sorted: SortedKeys };

/** An index that is always in step with its collection, also in the middle of a settle. */
export class ValueIndex<T extends Keyed> implements Index<T>, Follower<T>, SpotHome {
  declare readonly itemType?: T;
  readonly of: StoredCollection<T>;
  readonly spots = new Map<string, Spot>();
  readonly #valuesOf: (item: T) => Iterable<string>;
  readonly #problems: Problems;
  readonly #buckets = new Map<string, Bucket>();
  readonly #listeners: ((value: string) => void)[] = [];

  constructor(of: StoredCollection<T>, valuesOf: (item: T) => Iterable<string>, problems: Problems) {
    this.of = of;
    this.#valuesOf = valuesOf;
    this.#problems = problems;
    for (const item of of.items.values()) this.changed(item.key, undefined, item);
    of.followers.push(this);
  }

  /** The keys of the items with a value, in order. */
  keys(value: string): readonly string[] {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) return [];
    return typeof bucket === "string" ? [bucket] : bucket.sorted.list();
  }

  values(): Iterable<string> {
    return this.#buckets.keys();
  }

  /** Calls back with each value that its first item gets or its last one loses. */
  onValue(listener: (value: string) => void): void {
    this.#listeners.push(listener);
  }

  changed(key: string, before: T | undefined, after: T | undefined): void {
    const had = this.#values(before);
    const has = this.#values(after, key);
    for (const value of had) if (!has.has(value)) this.#remove(value, key);
    for (const value of has) if (!had.has(value)) this.#add(value, key);
    // An item that stays in its bucket is news to the bucket's readers all the same.
    for (const value of had) this.spots.get(value)?.wake();
    for (const value of has) if (!had.has(value)) this.spots.get(value)?.wake();
  }

  /** The values of an item; none of one that `valuesOf` throws at, which is a problem if `reportAs` is its key. */
  #values(item: T | undefined, reportAs?: string): ReadonlySet<string> {
    let failure: unknown;
    let values: ReadonlySet<string> = new Set();
    try {
      if (item !== undefined) values = new Set(this.#valuesOf(item));
    } catch (thrown) {
      failure = thrown;
    }
    if (reportAs !== undefined) this.#problems.threw(`index of ${this.of.name}`, this.of, reportAs, failure);
    return values;
  }

  #add(value: string, key: string): void {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) {
      this.#buckets.set(value, key);
      for (const listener of this.#listeners) listener(value);
    } else if (typeof bucket === "string") {
      const keys = new Set([bucket, key]);
      this.#buckets.set(value, { keys, sorted: new SortedKeys(keys) });
    } else {
      bucket.keys.add(key);
      bucket.sorted.edited(key, true);
    }
  }

  #remove(value: string, key: string): void {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) return;
    if (typeof bucket === "string") {
      this.#forget(value);
      return;
    }
    bucket.keys.delete(key);
    bucket.sorted.edited(key, false);
    if (bucket.keys.size === 0) this.#forget(value);
  }

  #forget(value: string): void {
    this.#buckets.delete(value);
    for (const listener of this.#listeners) listener(value);
  }
}
