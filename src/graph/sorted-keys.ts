/** More edits than this since the last look are cheaper to sort anew than to insert one by one. */
const insertAtMost = 32;

/**
 * The keys of a map or set in order, so that what is derived from them does not depend on the order in which they
 * arrived. Sorted when first asked for, then kept sorted at the cost of each edit.
 */
export class SortedKeys {
  readonly #of: { keys(): Iterable<string> };
  #sorted: string[] | undefined;
  #edited: Map<string, boolean> | undefined;

  constructor(of: { keys(): Iterable<string> }) {
    this.#of = of;
  }

  /** Call it when a key came (`present`) or went. */
  edited(key: string, present: boolean): void {
    if (this.#sorted === undefined) return;
    this.#edited ??= new Map();
    this.#edited.set(key, present);
    if (this.#edited.size > insertAtMost) {
      this.#sorted = undefined;
      this.#edited = undefined;
    }
  }

  list(): readonly string[] {
    if (this.#sorted === undefined) this.#sorted = [...this.#of.keys()].sort();
    if (this.#edited !== undefined) {
      for (const [key, present] of this.#edited) place(this.#sorted, key, present);
      this.#edited = undefined;
    }
    return this.#sorted;
  }
}

function place(sorted: string[], key: string, present: boolean): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  const there = sorted[low] === key;
  if (present && !there) sorted.splice(low, 0, key);
  if (!present && there) sorted.splice(low, 1);
}
