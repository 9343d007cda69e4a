import type { Keyed, StoredCollection } from "#graph/collection.ts";
import { Whole } from "#graph/collection.ts";
import { Derivation } from "#graph/derivation.ts";
import { Groups } from "#graph/group.ts";
import type { Spot } from "#graph/spot.ts";
import { Union } from "#graph/union.ts";
import { ValueIndex } from "#graph/value-index.ts";

/** An item of an input: something that came from outside. */
export interface Ingredient {
  /** Name of the input. */
  readonly collection: string;
  readonly key: string;
}

type AnyCollection = StoredCollection<Keyed>;

/** Every item of an input that an item was made from, directly or through other derivations, in order. */
export function ingredientsOf(collection: AnyCollection, key: string): readonly Ingredient[] {
  const seen = new Map<AnyCollection, Set<string>>();
  const found: Ingredient[] = [];
  const ahead: [AnyCollection, string][] = [[collection, key]];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    const [of, at] = next;
    const keys = seen.get(of) ?? new Set();
    if (keys.has(at) || !of.items.has(at)) continue;
    seen.set(of, keys.add(at));
    const sources = sourcesOf(of, at);
    if (sources === undefined) found.push({ collection: of.name, key: at });
    else ahead.push(...sources);
  }
  return found.sort((a, b) => order(a.collection, b.collection) || order(a.key, b.key));
}

/** What an item was made from in one step; `undefined` for an item of an input. */
function sourcesOf(of: AnyCollection, key: string): readonly [AnyCollection, string][] | undefined {
  if (of instanceof Union) {
    const owner = of.ownerOf(key);
    return owner === undefined ? [] : [[owner as AnyCollection, key]];
  }
  if (of instanceof Groups) return of.index.keys(key).map((each) => [of.index.of, each]);
  if (!(of instanceof Derivation)) return undefined;
  const cell = of.ownerOf(key);
  if (cell === undefined) return [];
  return [[of.from as AnyCollection, cell.inputKey], ...cell.reads.flatMap(itemsAt)];
}

/** The items that a read of a spot gives. */
function itemsAt({ home, key }: Spot): [AnyCollection, string][] {
  if (home instanceof Whole) return [...home.of.items.keys()].map((each) => [home.of, each]);
  if (home instanceof ValueIndex) return home.keys(key).map((each) => [home.of as AnyCollection, each]);
  return [[home as AnyCollection, key]];
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
