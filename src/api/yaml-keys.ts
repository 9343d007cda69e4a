import { isMap, isScalar, isSeq, type Node } from "yaml";

export interface RepeatedKey {
  readonly key: string;
  /** Where it stands for the second time. */
  readonly offset: number;
}

/** The keys that are in one map twice. The parser would look, too, but compares each key of a map with each other. */
export function* repeatedKeys(node: unknown): Iterable<RepeatedKey> {
  if (isSeq(node)) for (const item of node.items) yield* repeatedKeys(item);
  if (!isMap<Node, Node | null>(node)) return;
  const seen = new Set<string>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : undefined;
    if (name !== undefined && name !== "<<") {
      if (seen.has(name)) yield { key: name, offset: key.range?.[0] ?? 0 };
      seen.add(name);
    }
    yield* repeatedKeys(value);
  }
}
