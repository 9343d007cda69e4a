import type { Change, Collection, Keyed, StoredCollection } from "#graph/collection.ts";
import { Derivation, type DerivationSurroundings, type Derive } from "#graph/derivation.ts";
import { deepEqual, type Equal } from "#graph/equal.ts";
import { type Ingredient, ingredientsOf } from "#graph/explain.ts";
import { type Group, Groups } from "#graph/group.ts";
import { type Input, InputCollection } from "#graph/input.ts";
import { type Problem, Problems, sameProblem } from "#graph/problem.ts";
import { stored } from "#graph/read.ts";
import { Union } from "#graph/union.ts";
import { type Index, ValueIndex } from "#graph/value-index.ts";

export interface CollectionOptions<T> {
  /** When an item is as good as the one before it; deep equality unless said otherwise. */
  readonly equal?: Equal<T>;
}

export type Watcher<T> = (changes: readonly Change<T>[]) => void;

/** Collections derived from each other, and kept so. */
export interface Graph {
  input<T extends Keyed>(name: string, options?: CollectionOptions<T>): Input<T>;
  /** @param valuesOf  pure: the same item has the same values whenever it is asked */
  index<T extends Keyed>(of: Collection<T>, valuesOf: (item: T) => Iterable<string>): Index<T>;
  /** @param fn  what one item of `from` yields; pure: no clock, no file, no `await`, no question but through `read` */
  derive<I extends Keyed, O extends Keyed>(
    name: string,
    from: Collection<I>,
    fn: Derive<I, O>,
    options?: CollectionOptions<O>,
  ): Collection<O>;
  /** Several collections as one; of items with one key, that of the collection listed first counts. */
  union<T extends Keyed>(name: string, ...of: readonly Collection<T>[]): Collection<T>;
  /** The values that items have in an index, as a collection: an item for each value, as long as any item has it. */
  groups<T extends Keyed>(name: string, index: Index<T>): Collection<Group>;
  /**
   * Calls back after each settle that changed the collection. What is there already is not told; read it with `values`.
   *
   * @returns what ends it
   */
  watch<T extends Keyed>(collection: Collection<T>, watcher: Watcher<T>): () => void;
  /**
   * Brings everything up to date with the inputs, then tells the watchers. In a watcher it returns at once, and what
   * the watcher set follows in the next round of the settle that called it.
   *
   * @throws what a watcher threw, after all were told
   */
  settle(): void;
  /**
   * Settles as `settle` does, but lets the event loop have its turn every few milliseconds. Input that comes in
   * meanwhile is taken up in a round after this one, within the same promise.
   */
  settleYielding(): Promise<void>;
  /** Every item of an input that an item was made from, as of its last run. */
  explain(collection: Collection<Keyed>, key: string): readonly Ingredient[];
  problems(): readonly Problem[];
  watchProblems(watcher: Watcher<Problem>): () => void;
}

export function createGraph(): Graph {
  return new SettlingGraph();
}

/** How long a yielding settle keeps the event loop waiting. */
const sliceMs = 4;

/** More rounds than this in one settle are watchers that answer each other for ever. */
const maxRounds = 1000;

type AnyCollection = StoredCollection<Keyed>;

class SettlingGraph implements Graph, DerivationSurroundings {
  readonly #problems = new Problems(this, Number.POSITIVE_INFINITY, "problems", sameProblem);
  readonly #nodes: AnyCollection[] = [];
  readonly #watchers = new Map<AnyCollection, Set<Watcher<never>>>();
  /** The derivation that runs now, for messages. */
  #running: string | undefined;
  /** The round under way; a settle that comes upon one that yielded goes on with it. */
  #round: Generator<void> | undefined;
  #telling = false;

  input<T extends Keyed>(name: string, { equal = deepEqual }: CollectionOptions<T> = {}): Input<T> {
    return this.#add(new InputCollection<T>(this, this.#nodes.length, name, equal));
  }

  index<T extends Keyed>(of: Collection<T>, valuesOf: (item: T) => Iterable<string>): Index<T> {
    this.outsideOnly("graph.index");
    return new ValueIndex(stored(this, of), valuesOf, this.#problems);
  }

  derive<I extends Keyed, O extends Keyed>(
    name: string,
    from: Collection<I>,
    fn: Derive<I, O>,
    { equal = deepEqual }: CollectionOptions<O> = {},
  ): Collection<O> {
    return this.#add(new Derivation(this, this.#nodes.length, name, equal, stored(this, from), fn, this.#problems));
  }

  union<T extends Keyed>(name: string, ...of: readonly Collection<T>[]): Collection<T> {
    const parts = of.map((collection) => stored(this, collection));
    return this.#add(new Union(this, this.#nodes.length, name, parts));
  }

  groups<T extends Keyed>(name: string, index: Index<T>): Collection<Group> {
    if (!(index instanceof ValueIndex)) throw new Error("graph.groups takes an index that graph.index made");
    return this.#add(new Groups(this, this.#nodes.length, name, index as unknown as ValueIndex<Keyed>));
  }

  watch<T extends Keyed>(collection: Collection<T>, watcher: Watcher<T>): () => void {
    const of = stored(this, collection) as unknown as AnyCollection;
    const watchers = this.#watchers.get(of) ?? new Set();
    this.#watchers.set(of, watchers.add(watcher as Watcher<never>));
    return () => void watchers.delete(watcher as Watcher<never>);
  }

  settle(): void {
    this.outsideOnly("graph.settle");
    if (this.#telling) return;
    const failures: unknown[] = [];
    for (let rounds = 0; this.#hasWork(); rounds++) {
      if (rounds === maxRounds)
        throw new Error(`the graph does not settle: watchers still set inputs in round ${rounds}`);
      while (!this.#step(failures));
    }
    rethrow(failures);
  }

  async settleYielding(): Promise<void> {
    this.outsideOnly("graph.settleYielding");
    const failures: unknown[] = [];
    for (let until = performance.now() + sliceMs; this.#hasWork(); ) {
      if (!this.#telling) this.#step(failures);
      if (!this.#telling && performance.now() < until) continue;
      await new Promise((resume) => setImmediate(resume));
      until = performance.now() + sliceMs;
    }
    rethrow(failures);
  }

  explain(collection: Collection<Keyed>, key: string): readonly Ingredient[] {
    this.outsideOnly("graph.explain");
    return ingredientsOf(stored(this, collection), key);
  }

  problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  watchProblems(watcher: Watcher<Problem>): () => void {
    return this.watch(this.#problems, watcher);
  }

  outsideOnly(what: string): void {
    if (this.#running !== undefined) {
      throw new Error(
        `${what} was used in ${this.#running}: inside a derivation, ask through its read, and set nothing`,
      );
    }
  }

  during<R>(what: string, run: () => R): R {
    this.#running = what;
    try {
      return run();
    } finally {
      this.#running = undefined;
    }
  }

  #add<C extends { readonly name: string }>(node: C): C {
    this.outsideOnly("creating a collection");
    if (this.#nodes.some(({ name }) => name === node.name)) throw new Error(`there are two collections "${node.name}"`);
    this.#nodes.push(node as unknown as AnyCollection);
    return node;
  }

  #hasWork(): boolean {
    return this.#round !== undefined || this.#nodes.some((node) => (node as unknown as Worker).hasWork);
  }

  /** One small step of the round under way; `true` when that round is over and its watchers told. */
  #step(failures: unknown[]): boolean {
    this.#round ??= this.#newRound();
    if (!this.#round.next().done) return false;
    this.#round = undefined;
    this.#tell(failures);
    return true;
  }

  /** One pass over all nodes in the order of their creation, which is the order of their dependencies. */
  *#newRound(): Generator<void> {
    for (const node of this.#nodes) if (node instanceof InputCollection) node.take();
    for (const node of this.#nodes) {
      if (isDerived(node) && node.hasWork) yield* node.turn();
    }
  }

  /** Tells all watchers, once nothing is between two states any more. */
  #tell(failures: unknown[]): void {
    const news: [Set<Watcher<never>>, readonly Change<Keyed>[]][] = [];
    for (const node of [...this.#nodes, this.#problems as unknown as AnyCollection]) {
      if (node.changes.size === 0) continue;
      const changes = node.takeChanges();
      const watchers = this.#watchers.get(node);
      if (watchers !== undefined && changes.length > 0) news.push([watchers, changes]);
    }
    this.#telling = true;
    for (const [watchers, changes] of news) {
      for (const watcher of [...watchers]) {
        try {
          watcher(changes as readonly never[]);
        } catch (thrown) {
          failures.push(thrown);
        }
      }
    }
    this.#telling = false;
  }
}

function isDerived(node: AnyCollection): node is AnyCollection & (Derivation<Keyed, Keyed> | Union<Keyed> | Groups) {
  return node instanceof Derivation || node instanceof Union || node instanceof Groups;
}

interface Worker {
  readonly hasWork: boolean;
}

function rethrow(failures: readonly unknown[]): void {
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, `${failures.length} watchers threw`);
}
