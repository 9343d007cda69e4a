import { type Follower, type Keyed, StoredCollection, type Surroundings } from "#graph/collection.ts";
import type { Equal } from "#graph/equal.ts";
import { noOutputs, type Outputs, outputAt, outputsOf } from "#graph/outputs.ts";
import type { Problems } from "#graph/problem.ts";
import { type Read, type Reads, Recorder } from "#graph/read.ts";
import type { Reader } from "#graph/spot.ts";

/** What the derivation knows of one of its inputs. */
export class Cell<O extends Keyed> implements Reader {
  readonly of: Derivation<never, O>;
  readonly inputKey: string;
  reads: Reads = [];
  /** Of the last run that did not throw. */
  outputs: Outputs<O> = noOutputs;

  constructor(of: Derivation<never, O>, inputKey: string) {
    this.of = of;
    this.inputKey = inputKey;
  }

  wake(): void {
    this.of.rerun(this.inputKey);
  }
}

/** Who yields a key: nearly always one input. Of several, the first had it first, and its output counts. */
type Claim<O extends Keyed> = Cell<O> | Cell<O>[];

/** The surroundings of a derivation also have to know that it runs. */
export interface DerivationSurroundings extends Surroundings {
  during<R>(what: string, run: () => R): R;
}

export type Derive<I, O> = (input: I, read: Read) => Iterable<O>;

/** A collection that is a function of other collections, kept so at the cost of what changed. */
export class Derivation<I extends Keyed, O extends Keyed> extends StoredCollection<O> implements Follower<I> {
  readonly from: StoredCollection<I>;
  readonly #surroundings: DerivationSurroundings;
  readonly #fn: Derive<I, O>;
  readonly #problems: Problems;
  readonly #recorder: Recorder;
  readonly #cells = new Map<string, Cell<O>>();
  readonly #claims = new Map<string, Claim<O>>();
  /** The problems of each output key that more than one input yields. */
  readonly #contests = new Map<string, readonly string[]>();
  /** Input keys to run in this settle. */
  readonly #dirty = new Set<string>();
  /** Output keys whose claims or content may have changed in this settle. */
  readonly #touched = new Set<string>();

  constructor(
    graph: DerivationSurroundings,
    order: number,
    name: string,
    equal: Equal<O>,
    from: StoredCollection<I>,
    fn: Derive<I, O>,
    problems: Problems,
  ) {
    super(graph, order, name, equal);
    this.from = from;
    this.#surroundings = graph;
    this.#fn = fn;
    this.#problems = problems;
    this.#recorder = new Recorder(graph, order);
    for (const key of from.items.keys()) this.#dirty.add(key);
    from.followers.push(this);
  }

  get hasWork(): boolean {
    return this.#dirty.size > 0 || this.#touched.size > 0;
  }

  changed(key: string): void {
    this.#dirty.add(key);
  }

  rerun(inputKey: string): void {
    this.#dirty.add(inputKey);
  }

  /** Who made an item. */
  ownerOf(key: string): Cell<O> | undefined {
    const claim = this.#claims.get(key);
    return Array.isArray(claim) ? claim[0] : claim;
  }

  /** Brings it up to date, in small steps: a caller may do other things in between. */
  *turn(): Generator<void> {
    // In the order of keys, so that who is first at a contested key does not hang on the order of events.
    for (const inputKey of [...this.#dirty].sort()) {
      this.#dirty.delete(inputKey);
      this.#update(inputKey);
      yield;
    }
    for (const key of this.#touched) {
      this.#touched.delete(key);
      this.#resolve(key);
      yield;
    }
  }

  #update(inputKey: string): void {
    const input = this.from.items.get(inputKey);
    let cell = this.#cells.get(inputKey);
    if (input === undefined) {
      if (cell === undefined) return;
      this.#cells.delete(inputKey);
      for (const spot of cell.reads) spot.remove(cell);
      this.#yields(cell, noOutputs);
      this.#problems.threw(this.name, this.from, inputKey, undefined);
      return;
    }
    if (cell === undefined) {
      cell = new Cell(this as unknown as Derivation<never, O>, inputKey);
      this.#cells.set(inputKey, cell);
    }
    this.#run(cell, input);
  }

  #run(cell: Cell<O>, input: I): void {
    const before = cell.reads;
    let failure: unknown;
    this.#recorder.begin(cell, before);
    try {
      const what = `${this.name} of "${cell.inputKey}"`;
      const items = this.#surroundings.during(what, () => [...this.#fn(input, this.#recorder)]);
      // An output equal to the one before is that one: nothing changes, and nothing is kept twice.
      this.#yields(cell, outputsOf(items.map((item) => this.#kept(cell, item))));
    } catch (thrown) {
      failure = thrown ?? new Error(`threw ${thrown}`);
    } finally {
      cell.reads = this.#recorder.end(before);
    }
    this.#problems.threw(this.name, this.from, cell.inputKey, failure);
  }

  #kept(cell: Cell<O>, item: O): O {
    const old = outputAt(cell.outputs, item?.key);
    return old !== undefined && this.same(old, item) ? old : item;
  }

  /** Enters what an input yields now, and what it does no longer, into the claims. */
  #yields(cell: Cell<O>, outputs: Outputs<O>): void {
    const before = cell.outputs;
    cell.outputs = outputs;
    for (const { key } of before.values()) {
      if (outputAt(outputs, key) === undefined) this.#release(key, cell);
    }
    for (const output of outputs.values()) {
      const old = outputAt(before, output.key);
      if (old === undefined) this.#claim(output.key, cell);
      if (old !== output) this.#touched.add(output.key);
    }
  }

  #claim(key: string, cell: Cell<O>): void {
    const claim = this.#claims.get(key);
    if (claim === undefined) this.#claims.set(key, cell);
    else this.#claims.set(key, Array.isArray(claim) ? [...claim, cell] : [claim, cell]);
  }

  #release(key: string, cell: Cell<O>): void {
    this.#touched.add(key);
    const claim = this.#claims.get(key);
    if (!Array.isArray(claim)) {
      this.#claims.delete(key);
      return;
    }
    const others = claim.filter((other) => other !== cell);
    this.#claims.set(key, others.length === 1 ? (others[0] as Cell<O>) : others);
  }

  /** Makes the item of a key what its first claimant yields, and tells those who come second. */
  #resolve(key: string): void {
    const owner = this.ownerOf(key);
    this.put(key, owner === undefined ? undefined : outputAt(owner.outputs, key));
    this.#contest(key, owner);
  }

  #contest(key: string, owner: Cell<O> | undefined): void {
    const claim = this.#claims.get(key);
    const before = this.#contests.get(key);
    if (before === undefined && !Array.isArray(claim)) return;
    const late = Array.isArray(claim) ? claim.slice(1) : [];
    const problems = late.map(({ inputKey }) => ({
      key: `${this.name} ${inputKey} → ${key}`,
      collection: this.name,
      from: this.from,
      inputKey,
      outputKey: key,
      error: new Error(
        `${this.name}: "${owner?.inputKey}" and "${inputKey}" of ${this.from.name} both yield the key "${key}"; ` +
          `"${owner?.inputKey}" had it first and keeps it`,
      ),
    }));
    const now = problems.map((problem) => problem.key);
    for (const gone of before ?? []) if (!now.includes(gone)) this.#problems.put(gone, undefined);
    for (const problem of problems) this.#problems.put(problem.key, problem);
    if (now.length === 0) this.#contests.delete(key);
    else this.#contests.set(key, now);
  }
}
