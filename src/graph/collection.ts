import type { Equal } from "#graph/equal.ts";
import { SortedKeys } from "#graph/sorted-keys.ts";
import { Spot, type SpotHome } from "#graph/spot.ts";

/** What collections hold: a value with a key that is unique among its collection's. */
export interface Keyed {
  readonly key: string;
}

/** What became of one key in one settle; `undefined` is "not there". */
export interface Change<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/**
 * Items by key, as of the last settle that ended: neither input that waits nor a settle under way shows. For the world
 * outside; a derivation asks through its `read`, and is told so if it does not.
 */
export interface Collection<T extends Keyed> {
  readonly name: string;
  readonly size: number;
  get(key: string): T | undefined;
  /** In the order of their keys. */
  values(): Iterable<T>;
}

/** Follows every change of a collection while a settle goes on. */
export interface Follower<T> {
  changed(key: string, before: T | undefined, after: T | undefined): void;
}

/** What a collection needs to know of its graph. */
export interface Surroundings {
  /** @throws in the middle of a derivation, where unrecorded reads and writes would go stale unseen */
  outsideOnly(what: string): void;
}

/** A collection with the insides that the graph works on. */
export class StoredCollection<T extends Keyed> implements Collection<T>, SpotHome {
  readonly name: string;
  /** Position among the graph's nodes; a derivation reads only what comes before it. */
  readonly order: number;
  readonly graph: Surroundings;
  readonly items = new Map<string, T>();
  readonly spots = new Map<string, Spot>();
  readonly followers: Follower<T>[] = [];
  /** What this settle did so far, by key. */
  readonly changes = new Map<string, Change<T>>();
  /** What `read.all` reads. Its home is one of its own, so that no key collides with it. */
  readonly everything: Spot;
  readonly #equal: Equal<T>;
  readonly #keys = new SortedKeys(this.items);
  #list: readonly T[] | undefined;

  constructor(graph: Surroundings, order: number, name: string, equal: Equal<T>) {
    this.graph = graph;
    this.order = order;
    this.name = name;
    this.#equal = equal;
    this.everything = new Spot(new Whole(this as unknown as StoredCollection<Keyed>), "");
  }

  get size(): number {
    this.graph.outsideOnly(`the size of ${this.name}`);
    let size = this.items.size;
    for (const { before, after } of this.changes.values()) {
      if (before === undefined) size--;
      if (after === undefined) size++;
    }
    return size;
  }

  get(key: string): T | undefined {
    this.graph.outsideOnly(`${this.name}.get`);
    const change = this.changes.get(key);
    return change === undefined ? this.items.get(key) : change.before;
  }

  values(): Iterable<T> {
    this.graph.outsideOnly(`${this.name}.values`);
    if (this.changes.size === 0) return this.list();
    const keys = new Set([...this.items.keys(), ...this.changes.keys()]);
    return [...keys].sort().flatMap((key) => this.get(key) ?? []);
  }

  /** All items by key, as they are in the middle of a settle. */
  list(): readonly T[] {
    this.#list ??= this.#keys.list().map((key) => this.items.get(key) as T);
    return this.#list;
  }

  /** Whether two items are alike; an `equal` that throws says no, so at worst too much is derived. */
  same(a: T | undefined, b: T | undefined): boolean {
    if (a === b) return true;
    if (a === undefined || b === undefined) return false;
    try {
      return this.#equal(a, b);
    } catch {
      return false;
    }
  }

  /** Makes a key's item `after`, unless it is as good as there already, and wakes whoever read it. */
  put(key: string, after: T | undefined): void {
    const before = this.items.get(key);
    if (this.same(before, after)) return;
    if (after === undefined) this.items.delete(key);
    else this.items.set(key, after);
    this.#list = undefined;
    if ((before === undefined) !== (after === undefined)) this.#keys.edited(key, after !== undefined);
    this.changes.set(key, { key, before: this.changes.has(key) ? this.changes.get(key)?.before : before, after });
    for (const follower of this.followers) follower.changed(key, before, after);
    this.spots.get(key)?.wake();
    this.everything.wake();
  }

  /** Hands out this settle's changes, which thereby are no longer pending to the world outside. */
  takeChanges(): readonly Change<T>[] {
    const changes = [...this.changes.values()].filter(({ before, after }) => !this.same(before, after));
    this.changes.clear();
    return changes;
  }
}

/** The home of a collection's one spot "everything in it". */
export class Whole implements SpotHome {
  readonly of: StoredCollection<Keyed>;
  readonly spots = new Map<string, Spot>();

  constructor(of: StoredCollection<Keyed>) {
    this.of = of;
  }
}
