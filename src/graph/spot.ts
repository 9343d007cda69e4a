/** Whoever may read a spot: one input of one derivation. */
export interface Reader {
  /** Asks for a new run in this settle. */
  wake(): void;
}

/** Up to so many readers are searched one by one; a set costs several times the memory. */
const listAtMost = 16;

/** Where spots live until their last reader goes: a collection's keys or an index's values. */
export interface SpotHome {
  readonly spots: Map<string, Spot>;
}

/**
 * Something that was read, there or not: a key of a collection, a value of an index, or a collection as a whole.
 * It knows its readers, in as little memory as their number allows, since a mesh has millions of such edges.
 */
export class Spot {
  readonly home: SpotHome;
  readonly key: string;
  /** The run that read it last, or minus that run while it is not known whether it reads it again. */
  mark = 0;
  #readers: Reader | Reader[] | Set<Reader> | undefined;

  constructor(home: SpotHome, key: string) {
    this.home = home;
    this.key = key;
  }

  add(reader: Reader): void {
    const readers = this.#readers;
    if (readers === undefined) this.#readers = reader;
    else if (readers instanceof Set) readers.add(reader);
    else if (!Array.isArray(readers)) this.#readers = [readers, reader];
    else if (readers.length < listAtMost) readers.push(reader);
    else this.#readers = new Set([...readers, reader]);
  }

  remove(reader: Reader): void {
    const readers = this.#readers;
    if (readers === reader) this.#readers = undefined;
    else if (readers instanceof Set) {
      readers.delete(reader);
      if (readers.size === 0) this.#readers = undefined;
    } else if (Array.isArray(readers)) {
      const at = readers.indexOf(reader);
      if (at >= 0) readers.splice(at, 1);
      if (readers.length === 0) this.#readers = undefined;
    }
    if (this.#readers === undefined) this.home.spots.delete(this.key);
  }

  wake(): void {
    const readers = this.#readers;
    if (readers === undefined) return;
    if (readers instanceof Set || Array.isArray(readers)) for (const reader of readers) reader.wake();
    else readers.wake();
  }
}

/** The spot of a key, made at its first read. */
export function spotAt(home: SpotHome, key: string): Spot {
  let spot = home.spots.get(key);
  if (spot === undefined) {
    spot = new Spot(home, key);
    home.spots.set(key, spot);
  }
  return spot;
}
