const noWords: Uint32Array = new Uint32Array(0);

/** How many bits are set. */
function bitsOf(words: Uint32Array): number {
  let bits = 0;
  for (let at = 0; at < words.length; at++) for (let word = words[at] as number; word !== 0; word &= word - 1) bits++;
  return bits;
}

/**
 * A set of small whole numbers, one bit each: what a stream is subscribed to, has and still needs.
 * A thousand resources cost a stream 128 bytes.
 */
export class IdSet {
  #words: Uint32Array;
  #size: number;

  constructor(words: Uint32Array = noWords) {
    this.#words = words;
    this.#size = words === noWords ? 0 : bitsOf(words);
  }

  has(id: number): boolean {
    return (((this.#words[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
  }

  get size(): number {
    return this.#size;
  }

  get empty(): boolean {
    return this.#size === 0;
  }

  add(id: number): void {
    if (this.has(id)) return;
    this.#size++;
    const at = id >>> 5;
    this.#reach(at + 1);
    this.#words[at] = (this.#words[at] as number) | (1 << (id & 31));
  }

  /** Takes the id out, and says whether it was in. */
  delete(id: number): boolean {
    if (!this.has(id)) return false;
    this.#size--;
    const at = id >>> 5;
    this.#words[at] = (this.#words[at] as number) & ~(1 << (id & 31));
    return true;
  }

  addAll(others: IdSet): void {
    if (others.within(this)) return;
    this.#reach(others.#words.length);
    for (let at = 0; at < others.#words.length; at++) {
      this.#words[at] = (this.#words[at] as number) | (others.#words[at] as number);
    }
    this.#size = bitsOf(this.#words);
  }

  deleteAll(others: IdSet): void {
    if (this.#size === 0) return;
    const end = Math.min(this.#words.length, others.#words.length);
    for (let at = 0; at < end; at++) this.#words[at] = (this.#words[at] as number) & ~(others.#words[at] as number);
    this.#size = bitsOf(this.#words);
  }

  /** The ids that are in both. */
  and(others: IdSet): IdSet {
    const both = new Uint32Array(Math.min(this.#words.length, others.#words.length));
    for (let at = 0; at < both.length; at++) both[at] = (this.#words[at] as number) & (others.#words[at] as number);
    return new IdSet(both);
  }

  /** The ids that are in this one alone. */
  without(others: IdSet): IdSet {
    if (this === others) return new IdSet();
    const left = this.clone();
    left.deleteAll(others);
    return left;
  }

  /** Whether all of its ids are in the others too. */
  within(others: IdSet): boolean {
    if (this.#size > others.#size) return false;
    for (let at = 0; at < this.#words.length; at++) {
      if (((this.#words[at] as number) & ~(others.#words[at] ?? 0)) !== 0) return false;
    }
    return true;
  }

  /** Hands its ids over, and is empty itself afterwards. */
  take(): IdSet {
    const taken = new IdSet();
    taken.#words = this.#words;
    taken.#size = this.#size;
    this.#words = noWords;
    this.#size = 0;
    return taken;
  }

  clone(): IdSet {
    return new IdSet(this.#words.slice());
  }

  equals(others: IdSet): boolean {
    if (this.#size !== others.#size) return false;
    const end = Math.max(this.#words.length, others.#words.length);
    for (let at = 0; at < end; at++) if ((this.#words[at] ?? 0) !== (others.#words[at] ?? 0)) return false;
    return true;
  }

  /** The ids in rising order. */
  *[Symbol.iterator](): Generator<number> {
    for (let at = 0; at < this.#words.length; at++) {
      for (let word = this.#words[at] as number; word !== 0; word &= word - 1) {
        yield at * 32 + 31 - Math.clz32(word & -word);
      }
    }
  }

  #reach(words: number): void {
    if (words <= this.#words.length) return;
    const longer = new Uint32Array(Math.max(words, Math.ceil(this.#words.length * 1.25)));
    longer.set(this.#words);
    this.#words = longer;
  }
}
