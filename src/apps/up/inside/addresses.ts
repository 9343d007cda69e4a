import type { Bridge } from "#host/namespaces.ts";

/** Where the workloads of a mesh live: each mesh has a network namespace of its own, so all use the same addresses. */
export const meshBridge: Bridge = { name: "stod0", address: "10.128.0.1", prefix: 16 };

const first = 2;
const last = 65_534;

/**
 * Hands out the addresses of instances. One that came free is the last to be given again, so that nothing which still remembers
 * it talks to somebody else.
 */
export class Addresses {
  readonly #byName = new Map<string, number>();
  readonly #taken = new Set<number>();
  #next = first;

  /** The address of the instance; the same one each time, until it is released. */
  of(name: string): string {
    const known = this.#byName.get(name);
    if (known !== undefined) return dotted(known);
    if (this.#taken.size > last - first) throw new Error("all addresses of the mesh are taken");
    while (this.#taken.has(this.#next)) this.#forward();
    const address = this.#next;
    this.#forward();
    this.#byName.set(name, address);
    this.#taken.add(address);
    return dotted(address);
  }

  release(name: string): void {
    const address = this.#byName.get(name);
    if (address === undefined) return;
    this.#byName.delete(name);
    this.#taken.delete(address);
  }

  #forward(): void {
    this.#next = this.#next === last ? first : this.#next + 1;
  }
}

function dotted(number: number): string {
  return `10.128.${number >> 8}.${number & 0xff}`;
}
