import { isIP } from "node:net";

/** Host names and the addresses that DNS answers for them, as the control plane says them. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** A change of the table: the whole of it, or some names of it, where an empty list takes a name off. */
export type NamesChange = { readonly names: Names } | { readonly changed: Names };

export interface Addresses {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

/** Whoever can be asked for a name. */
export type NameLookup = Pick<NameTable, "lookup">;

/** Which names exist, looked up as DNS does: whatever their case, and through a wildcard at the front of a name. */
export class NameTable {
  readonly #byName = new Map<string, Addresses>();

  apply(change: NamesChange): void {
    if ("names" in change) this.#byName.clear();
    const entries = Object.entries("names" in change ? change.names : change.changed);
    for (const [name, addresses] of entries) {
      const key = canonical(name);
      if (addresses.length === 0) this.#byName.delete(key);
      else this.#byName.set(key, byFamily(addresses));
    }
  }

  /** The addresses of a name; `undefined` where there is no such name. */
  lookup(name: string): Addresses | undefined {
    const asked = canonical(name);
    const exact = this.#byName.get(asked);
    if (exact !== undefined) return exact;
    for (let dot = asked.indexOf("."); dot >= 0; dot = asked.indexOf(".", dot + 1)) {
      const found = this.#byName.get(`*${asked.slice(dot)}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** The whole table, to be kept on disk. */
  toNames(): Names {
    return Object.fromEntries([...this.#byName].map(([name, { v4, v6 }]) => [name, [...v4, ...v6]]));
  }
}

function canonical(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

function byFamily(addresses: readonly string[]): Addresses {
  return {
    v4: addresses.filter((address) => isIP(address) === 4),
    v6: addresses.filter((address) => isIP(address) === 6),
  };
}

/** Reads a change as it came over the wire or from disk; `undefined` for what is not one. */
export function parseNamesChange(text: string): NamesChange | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if ("names" in value && isNames(value.names)) return { names: value.names };
  if ("changed" in value && isNames(value.changed)) return { changed: value.changed };
  return undefined;
}

function isNames(value: unknown): value is Names {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every(
    (addresses) => Array.isArray(addresses) && addresses.every((address) => isIP(String(address)) !== 0),
  );
}
