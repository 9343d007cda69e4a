import type { Keyed } from "#graph/collection.ts";

/** What one input of a derivation yields: mostly one item or a few, found one by one; more are found by key. */
export type Outputs<T extends Keyed> = readonly T[] | ReadonlyMap<string, T>;

/** Up to so many outputs are searched one by one. */
const listAtMost = 8;

export const noOutputs: readonly never[] = [];

/** @throws if two of them have one key, or one has none */
export function outputsOf<T extends Keyed>(list: readonly T[]): Outputs<T> {
  if (list.some((item) => typeof item?.key !== "string")) throw new Error("it yields something that has no key");
  if (list.length === 0) return noOutputs;
  if (list.length === 1) return list;
  const byKey = new Map(list.map((item) => [item.key, item]));
  if (byKey.size < list.length) {
    const twice = list.find((item) => byKey.get(item.key) !== item) as T;
    throw new Error(`it yields the key "${twice.key}" twice`);
  }
  return list.length <= listAtMost ? list : byKey;
}

export function outputAt<T extends Keyed>(outputs: Outputs<T>, key: string): T | undefined {
  return outputs instanceof Map ? outputs.get(key) : (outputs as readonly T[]).find((item) => item.key === key);
}
