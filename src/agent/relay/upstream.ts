import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { backoff } from "#base/backoff.ts";
import { milliseconds, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { Channel } from "#grpc/client.ts";
import { GrpcError, status } from "#grpc/status.ts";

/** Whether the control plane is there, as far as we know. */
export type Reach = "asking" | "up" | "down";

const healthCheck = "/grpc.health.v1.Health/Check";
/** The encoded HealthCheckResponse that says SERVING. */
const serving = Buffer.from([0x08, 0x01]);
const askLimit = seconds(2);
const maxMessageBytes = 256 * 1024 * 1024;

/**
 * The one connection to the control plane that all Envoys of this agent share, and whether it can be used. While it
 * cannot, it is tried again and again with growing pauses; and at once when a socket appears where it was.
 */
export class Upstream {
  readonly channel: Channel;
  readonly #log: Log;
  readonly #path: string;
  readonly #backoff = backoff(milliseconds(50), seconds(2));
  readonly #listeners = new Set<(reach: Reach) => void>();
  #reach: Reach = "asking";
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;
  #closed = false;

  /** @param path  the control plane's unix socket, which may not be there yet; its directory is */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    const keepalive = { every: seconds(5), timeout: seconds(10) };
    this.channel = new Channel({ unix: path }, { maxMessageBytes, connectTimeout: askLimit, keepalive });
  }

  get reach(): Reach {
    return this.#reach;
  }

  /** Calls back at every change. */
  onChange(listener: (reach: Reach) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins to look for the control plane. */
  start(): void {
    this.#watcher = watch(dirname(this.#path), { persistent: false }, (_event, name) => {
      if (name === basename(this.#path) && this.#reach !== "up") this.#askSoon(0);
    });
    this.#watcher.on("error", () => {});
    this.#askSoon(0);
  }

  /** To be called by whoever lost a stream for a reason that may concern them all. */
  lost(): void {
    if (this.#closed || this.#reach !== "up") return;
    this.#change("asking");
    this.#askSoon(0);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.channel.close();
  }

  #askSoon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    const isThere = await this.#answers();
    this.#busy = false;
    if (this.#closed) return;
    if (isThere) this.#backoff.reset();
    else this.#askSoon(this.#backoff.next().ms);
    this.#change(isThere ? "up" : "down");
  }

  /** A server that has no health service is as healthy as one that says so. */
  async #answers(): Promise<boolean> {
    try {
      const answer = await this.channel.unary(healthCheck, new Uint8Array(0), { timeout: askLimit });
      return serving.equals(answer);
    } catch (thrown) {
      return thrown instanceof GrpcError && thrown.code === status.unimplemented;
    }
  }

  #change(reach: Reach): void {
    if (reach === this.#reach) return;
    this.#reach = reach;
    if (reach === "up") this.#log.info("the control plane is there");
    if (reach === "down") this.#log.warn("the control plane is away; proxies keep what they have");
    for (const listener of [...this.#listeners]) listener(reach);
  }
}
