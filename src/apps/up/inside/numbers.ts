/** Gives names numbers. One that came free is the last to be given again, so that nothing which still remembers it talks to somebody else. */
export class Numbers {
  readonly #byName = new Map<string, number>();
  readonly #taken = new Set<number>();
  readonly #first: number;
  readonly #last: number;
  #next: number;

  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
    this.#next = first;
  }

  /** The number of a name; the same one each time, until it is released. `undefined` where all are taken. */
  of(name: string): number | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#taken.size > this.#last - this.#first) return undefined;
    while (this.#taken.has(this.#next)) this.#forward();
    const number = this.#next;
    this.#forward();
    this.#byName.set(name, number);
    this.#taken.add(number);
    return number;
  }

  release(name: string): void {
    const number = this.#byName.get(name);
    if (number === undefined) return;
    this.#byName.delete(name);
    this.#taken.delete(number);
  }

  #forward(): void {
    this.#next = this.#next === this.#last ? this.#first : this.#next + 1;
  }
}
