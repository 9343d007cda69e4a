import type { Log } from "#base/log.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";
import type { ConnectedClient } from "#xds/connected-client.ts";
import type { Rollout } from "#xds/rollout.ts";
import type { Publisher } from "./publisher.ts";

/** The longest that a change waits for others to join it. */
const longestWindowMs = 100;

/**
 * Carries changes of inputs through to the proxies. The first change of a burst goes out at once; while changes keep
 * coming, those that come meanwhile are taken together, over a window that grows with what each batch costs.
 */
export class Settler {
  readonly #graph: MeshGraph["graph"];
  readonly #publisher: Publisher;
  readonly #log: Log;
  #planned: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #windowMs = 0;
  #lastEnd = 0;

  constructor({ graph }: MeshGraph, publisher: Publisher, log: Log) {
    this.#graph = graph;
    this.#publisher = publisher;
    this.#log = log;
  }

  /** Something has changed; it may wait for its like. */
  soon(): void {
    if (this.#planned !== undefined) return;
    const wait = this.#lastEnd + this.#windowMs - performance.now();
    this.#planned = wait <= 0 ? setImmediate(() => this.now()) : setTimeout(() => this.now(), wait);
  }

  /** Something has changed, and somebody waits for it: what comes of it is on its way to the proxies on return. */
  now(): Rollout<ConnectedClient> {
    this.stop();
    const begin = performance.now();
    try {
      this.#graph.settle();
    } catch (error) {
      this.#log.error("a change could not be carried through", { error });
    }
    const rollout = this.#publisher.publish();
    this.#account(begin);
    return rollout;
  }

  /** As {@link now}, but other things have their turn while it goes on: for the first look at a large mesh. */
  async gently(): Promise<void> {
    const begin = performance.now();
    await this.#graph.settleYielding();
    this.#publisher.publish();
    this.#account(begin);
  }

  /** Lets what is planned be. */
  stop(): void {
    clearImmediate(this.#planned as NodeJS.Immediate | undefined);
    clearTimeout(this.#planned as NodeJS.Timeout | undefined);
    this.#planned = undefined;
  }

  #account(begin: number): void {
    const end = performance.now();
    const isBurst = begin - this.#lastEnd < 2 * this.#windowMs + 1;
    this.#windowMs = isBurst
      ? Math.min(longestWindowMs, Math.max(2 * (end - begin), this.#windowMs))
      : 2 * (end - begin);
    this.#windowMs = Math.min(longestWindowMs, this.#windowMs);
    this.#lastEnd = end;
  }
}
