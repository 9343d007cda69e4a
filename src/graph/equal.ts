/** Says whether two values are so alike that nothing derived from them can differ. */
export type Equal<T> = (a: T, b: T) => boolean;

/**
 * Deep equality by content: of plain values (`NaN` equals itself), arrays, byte arrays, maps, sets, dates and
 * objects of one class by their own enumerable fields. Functions, and whatever else hides its content, are equal
 * only to themselves. The order of an object's fields, of a map and of a set does not count.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a)) return equalArrays(a, b as unknown[]);
  if (ArrayBuffer.isView(a)) return Buffer.compare(bytesOf(a), bytesOf(b as ArrayBufferView)) === 0;
  if (a instanceof Map) return equalMaps(a, b as Map<unknown, unknown>);
  if (a instanceof Set) return equalSets(a, b as Set<unknown>);
  if (a instanceof Date) return a.getTime() === (b as Date).getTime();
  if (a instanceof RegExp || a instanceof Promise || a instanceof WeakMap || a instanceof WeakSet) return false;
  return equalFields(a as Fields, b as Fields);
}

type Fields = Record<string, unknown>;

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function equalArrays(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, at) => deepEqual(item, b[at]));
}

function equalFields(a: Fields, b: Fields): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && deepEqual(a[name], b[name]));
}

function equalMaps(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!b.has(key) || !deepEqual(value, b.get(key))) return false;
  return true;
}

/** Members are looked up by identity first, as most are strings, and by content where that fails. */
function equalSets(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  if (a.size !== b.size) return false;
  const unmatched = new Set([...b].filter((member) => !a.has(member)));
  for (const member of a) {
    if (b.has(member)) continue;
    const match = [...unmatched].find((other) => deepEqual(member, other));
    if (match === undefined) return false;
    unmatched.delete(match);
  }
  return true;
}
