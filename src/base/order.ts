/** Orders texts by their UTF-16 code units: the same everywhere, and much faster than by a language's rules. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A new list in the order of a text of each item; items with one text stay as they were. */
export function sortedBy<T>(items: Iterable<T>, textOf: (item: T) => string): T[] {
  return [...items].sort((a, b) => compareText(textOf(a), textOf(b)));
}
