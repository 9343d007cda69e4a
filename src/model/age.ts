/** Of two that claim one thing, the one that was there first; those that do not know when come last, by name. */
export function byAge(a: Aged, b: Aged): number {
  if (a.createdAt !== b.createdAt) {
    if (a.createdAt === "") return 1;
    if (b.createdAt === "") return -1;
    return a.createdAt < b.createdAt ? -1 : 1;
  }
  return a.key < b.key ? -1 : 1;
}

interface Aged {
  readonly key: string;
  /** RFC 3339, or empty. */
  readonly createdAt: string;
}
