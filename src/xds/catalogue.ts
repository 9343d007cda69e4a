import type { TypeUrl } from "./resource.ts";

/**
 * The names of one type that some layer holds, each with a small number that stands for it in every {@link IdSet}.
 *
 * Streams keep numbers just of names that their own view holds, so a number is free again once no layer holds its name.
 */
export class Names {
  readonly #ids = new Map<string, number>();
  readonly #names: (string | undefined)[] = [];
  readonly #holders: number[] = [];
  readonly #free: number[] = [];

  idOf(name: string): number | undefined {
    return this.#ids.get(name);
  }

  nameOf(id: number): string {
    const name = this.#names[id];
    if (name === undefined) throw new Error(`no name has the number ${id}`);
    return name;
  }

  /** The name's number, held by one more layer. */
  hold(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) {
      this.#holders[known] = (this.#holders[known] as number) + 1;
      return known;
    }
    const id = this.#free.pop() ?? this.#names.length;
    this.#ids.set(name, id);
    this.#names[id] = name;
    this.#holders[id] = 1;
    return id;
  }

  /** The inverse of {@link hold}; only to be called when no stream of that layer keeps the number any more. */
  release(id: number): void {
    const left = (this.#holders[id] as number) - 1;
    this.#holders[id] = left;
    if (left > 0) return;
    this.#ids.delete(this.nameOf(id));
    this.#names[id] = undefined;
    this.#free.push(id);
  }
}

const noNames: Names = new Names();

/** The names of all types of one server. */
export class Catalogue {
  readonly #types = new Map<TypeUrl, Names>();

  /** The names of a type, to look at; none for a type that no layer has held yet, however a client spells it. */
  look(typeUrl: TypeUrl): Names {
    return this.#types.get(typeUrl) ?? noNames;
  }

  /** The names of a type, for a layer that is to hold some. */
  of(typeUrl: TypeUrl): Names {
    let names = this.#types.get(typeUrl);
    if (names === undefined) {
      names = new Names();
      this.#types.set(typeUrl, names);
    }
    return names;
  }
}
