import { type Collection, type Keyed, StoredCollection } from "#graph/collection.ts";
import { type Reader, type Spot, spotAt } from "#graph/spot.ts";
import { type Index, ValueIndex } from "#graph/value-index.ts";

/** How a derivation asks. What it asked for is remembered, there or not, and a change of that runs it again. */
export interface Read {
  one<T extends Keyed>(collection: Collection<T>, key: string): T | undefined;
  /** The items with a value, in the order of their keys. */
  where<T extends Keyed>(index: Index<T>, value: string): readonly T[];
  /** All items in the order of their keys. Any change in the collection is then a reason to run again. */
  all<T extends Keyed>(collection: Collection<T>): readonly T[];
}

/** The spots that one input of a derivation read in its last run. */
export type Reads = readonly Spot[];

const noReads: Reads = [];
let lastRun = 0;

/** The `read` of one derivation: notes what each run asks for, and keeps spots and readers in step. */
export class Recorder implements Read {
  readonly #graph: object;
  readonly #order: number;
  #reader: Reader | undefined;
  #run = 0;
  #reads: Spot[] = [];

  constructor(graph: object, order: number) {
    this.#graph = graph;
    this.#order = order;
  }

  /** Begins a run of an input that read `before` the last time. */
  begin(reader: Reader, before: Reads): void {
    this.#run = ++lastRun;
    this.#reader = reader;
    this.#reads = [];
    for (const spot of before) spot.mark = -this.#run;
  }

  /** Ends the run, and returns what it read. */
  end(before: Reads): Reads {
    const reader = this.#reader as Reader;
    const reads = this.#reads;
    this.#reader = undefined;
    for (const spot of before) if (spot.mark === -this.#run) spot.remove(reader);
    return reads.length === 0 ? noReads : reads;
  }

  one<T extends Keyed>(collection: Collection<T>, key: string): T | undefined {
    const of = this.#earlier(collection);
    this.#note(spotAt(of, key));
    return of.items.get(key);
  }

  where<T extends Keyed>(index: Index<T>, value: string): readonly T[] {
    if (!(index instanceof ValueIndex)) throw new Error("read.where takes an index that graph.index made");
    const of = this.#earlier(index.of as StoredCollection<T>);
    this.#note(spotAt(index, value));
    return index.keys(value).map((key) => of.items.get(key) as T);
  }

  all<T extends Keyed>(collection: Collection<T>): readonly T[] {
    const of = this.#earlier(collection);
    this.#note(of.everything);
    return of.list();
  }

  #note(spot: Spot): void {
    if (spot.mark === this.#run) return;
    if (spot.mark !== -this.#run) spot.add(this.#reader as Reader);
    spot.mark = this.#run;
    this.#reads.push(spot);
  }

  /** @throws where a read would not be settled yet, or could not be recorded */
  #earlier<T extends Keyed>(collection: Collection<T>): StoredCollection<T> {
    if (this.#reader === undefined) throw new Error("read was used after its derivation had returned");
    const of = stored(this.#graph, collection);
    if (of.order >= this.#order) {
      throw new Error(`${of.name} cannot be read here: a derivation reads only what was created before it`);
    }
    return of;
  }
}

/** The insides of a collection. @throws if it is not of this graph */
export function stored<T extends Keyed>(graph: object, collection: Collection<T>): StoredCollection<T> {
  if (!(collection instanceof StoredCollection) || collection.graph !== graph) {
    throw new Error(`the collection ${collection?.name} is not of this graph`);
  }
  return collection as StoredCollection<T>;
}
