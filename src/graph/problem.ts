import { type Collection, type Keyed, StoredCollection } from "#graph/collection.ts";

/** Something that could not be derived. What was derived last, if anything, stays in force meanwhile. */
export interface Problem extends Keyed {
  /** The derivation that has the problem. */
  readonly collection: string;
  /** The input it has it with: an item of `from`, which `graph.explain` follows down to what users wrote. */
  readonly from: Collection<Keyed>;
  readonly inputKey: string;
  /** The output that two inputs claim; `undefined` where the derivation threw. */
  readonly outputKey: string | undefined;
  readonly error: Error;
}

/** All problems of a graph: a collection, though one that no derivation may read. */
export class Problems extends StoredCollection<Problem> {
  /** What a derivation threw at an input; nothing thrown (`undefined`) heals it. */
  threw<T extends Keyed>(collection: string, from: StoredCollection<T>, inputKey: string, thrown: unknown): void {
    const key = `${collection} ${inputKey}`;
    if (thrown === undefined) {
      if (this.items.size > 0) this.put(key, undefined);
      return;
    }
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.put(key, { key, collection, from, inputKey, outputKey: undefined, error });
  }
}

/** Problems are alike if they say the same of the same input, whatever the stack that they were met on. */
export function sameProblem(a: Problem, b: Problem): boolean {
  return a.key === b.key && a.error.message === b.error.message;
}
