import type { MeshObject } from "#api/object.ts";

/** An object of a kind, by what is unique among all objects. */
export type ObjectId = string;

export function idOf({ kind, key }: { readonly kind: string; readonly key: string }): ObjectId {
  return `${kind} ${key}`;
}

export interface ObjectChanges {
  readonly set: readonly MeshObject[];
  readonly deleted: readonly { readonly kind: string; readonly key: string }[];
}

/** Which file each object is taken from. Of files that claim one object, the first to do so has it until it lets go. */
export class Claims {
  readonly #claims = new Map<ObjectId, Map<string, MeshObject>>();
  /** What {@link changes} told last. */
  readonly #told = new Map<ObjectId, MeshObject>();
  readonly #touched = new Set<ObjectId>();

  claim(path: string, object: MeshObject): void {
    const id = idOf(object);
    const files = this.#claims.get(id) ?? new Map<string, MeshObject>();
    this.#claims.set(id, files.set(path, object));
    this.#touched.add(id);
  }

  letGo(path: string, id: ObjectId): void {
    const files = this.#claims.get(id);
    files?.delete(path);
    if (files?.size === 0) this.#claims.delete(id);
    this.#touched.add(id);
  }

  /** How many files claim an object. */
  count(id: ObjectId): number {
    return this.#claims.get(id)?.size ?? 0;
  }

  /** What is different in force since the last call. */
  changes(): ObjectChanges {
    const set: MeshObject[] = [];
    const deleted: { kind: string; key: string }[] = [];
    for (const id of this.#touched) {
      const before = this.#told.get(id);
      const now = this.#claims.get(id)?.values().next().value;
      if (now === undefined) {
        if (before !== undefined) deleted.push({ kind: before.kind, key: before.key });
        this.#told.delete(id);
      } else if (now.digest !== before?.digest) {
        set.push(now);
        this.#told.set(id, now);
      }
    }
    this.#touched.clear();
    return { set, deleted };
  }

  /** The claims that do not count, each with the one that does. */
  *overruled(): Iterable<{ readonly object: MeshObject; readonly by: MeshObject }> {
    for (const files of this.#claims.values()) {
      const [by, ...others] = files.values();
      if (by !== undefined) for (const object of others) yield { object, by };
    }
  }
}
