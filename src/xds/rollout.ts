import type { TypeUrl } from "./resource.ts";

/** Something that a client would not take. */
export interface Refusal<Client> {
  readonly client: Client;
  readonly typeUrl: TypeUrl;
  /** The resources in the refused response; one, unless the client speaks state of the world. */
  readonly names: readonly string[];
  /** The client's own words. */
  readonly message: string;
}

/** One batch of changes on its way to the clients that it concerns. */
export class Rollout<Client> {
  /** Rises with each batch. */
  readonly version: number;
  /** Fulfilled when every client that it concerns has it, refused some of it, or is gone. */
  readonly done: Promise<void>;
  readonly refusals: Refusal<Client>[] = [];
  readonly #changed: ReadonlySet<string>;
  readonly #waiting = new Set<Client>();
  readonly #refusers = new Set<Client>();
  readonly #watchers = new Set<() => void>();
  readonly #finish: () => void;
  #proxies = 0;
  #live = 0;

  /** @param changed  what it changes, as {@link keyOf} */
  constructor(version: number, changed: ReadonlySet<string>) {
    this.version = version;
    this.#changed = changed;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
  }

  static keyOf(typeUrl: TypeUrl, name: string): string {
    return `${typeUrl} ${name}`;
  }

  /** How many clients it concerns. One that disconnects does not count any more. */
  get proxies(): number {
    return this.#proxies;
  }

  /** How many of them have all of it. */
  get live(): number {
    return this.#live;
  }

  get settled(): boolean {
    return this.#waiting.size === 0;
  }

  /** Calls back whenever `live`, `proxies` or `refusals` changed; the answer ends that. */
  onProgress(told: () => void): () => void {
    this.#watchers.add(told);
    return () => this.#watchers.delete(told);
  }

  /** For the server: this client is concerned. */
  concerns(client: Client): void {
    this.#waiting.add(client);
    this.#proxies++;
  }

  /** For the server: every client concerned is known. */
  started(): void {
    if (this.settled) this.#finish();
  }

  /** For the server: a client refused something, which may be of this batch. */
  refusedBy(refusal: Refusal<Client>): void {
    if (!this.#waiting.has(refusal.client)) return;
    if (!refusal.names.some((name) => this.#changed.has(Rollout.keyOf(refusal.typeUrl, name)))) return;
    this.refusals.push(refusal);
    this.#refusers.add(refusal.client);
    this.#progress();
  }

  /** For the server: a client has acknowledged or refused all that it was to get. */
  settledBy(client: Client): void {
    if (!this.#waiting.delete(client)) return;
    if (!this.#refusers.has(client)) this.#live++;
    this.#progress();
  }

  /** For the server: a client is gone, or so far behind that nobody waits for it any more. */
  leftBy(client: Client): void {
    if (!this.#waiting.delete(client)) return;
    this.#proxies--;
    this.#progress();
  }

  #progress(): void {
    for (const told of this.#watchers) told();
    if (this.settled) this.#finish();
  }
}
