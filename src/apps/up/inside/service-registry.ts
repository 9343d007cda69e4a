import { setTimeout as delay } from "node:timers/promises";
import type { ControlPlane, ShownObject } from "#apps/cli/api-client.ts";
import { ApiFault } from "#apps/cli/socket-api.ts";
import type { Tell } from "#apps/up/inside/events.ts";
import type { Duration } from "#base/duration.ts";
import { stableJson } from "#base/stable-json.ts";

type Services = ReadonlyMap<string, ShownObject>;

/** Keeps the control plane's Services those of the mesh, also when it was away. */
export class ServiceRegistry {
  readonly #controlPlane: ControlPlane;
  readonly #tell: Tell;
  readonly #signal: AbortSignal;
  #wanted: Services = new Map();
  /** What the control plane was told, as text. */
  readonly #told = new Map<string, string>();
  #current = Promise.resolve();

  constructor(controlPlane: ControlPlane, tell: Tell, signal: AbortSignal) {
    this.#controlPlane = controlPlane;
    this.#tell = tell;
    this.#signal = signal;
  }

  /** Tells the control plane these services, as soon as it answers. */
  become(services: Services): void {
    this.#wanted = services;
    this.#tellAll();
  }

  /** Tells a control plane that has just been started everything again. */
  startAgain(): void {
    for (const key of this.#wanted.keys()) this.#told.delete(key);
    this.#tellAll();
  }

  /** Resolves when every proxy has all that there is for it; where nobody says so, after a limit. */
  async live(limit: Duration): Promise<void> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(limit.ms)]);
    while (!signal.aborted && !(await this.#isLive())) await delay(10, undefined, { signal }).catch(() => {});
  }

  async #isLive(): Promise<boolean> {
    if ([...this.#wanted.keys()].some((key) => !this.#told.has(key))) return false;
    const status = await this.#controlPlane.status().catch(() => undefined);
    return status !== undefined && status.proxies.synced === status.proxies.connected;
  }

  #tellAll(): void {
    this.#current = this.#current.then(async () => {
      while (!this.#signal.aborted && !(await this.#tryAll())) {
        await delay(25, undefined, { signal: this.#signal }).catch(() => {});
      }
    });
  }

  /** `false` where nobody answers. */
  async #tryAll(): Promise<boolean> {
    if (!this.#controlPlane.isThere) return false;
    const gone = [...this.#told.keys()].filter((key) => !this.#wanted.has(key));
    const news = [...this.#wanted].filter(([key, service]) => this.#told.get(key) !== stableJson(service));
    const changes = [...gone.map((key) => [key, undefined] as const), ...news];
    const answered = await Promise.all(changes.map(([key, service]) => this.#tellOne(key, service)));
    return answered.every(Boolean);
  }

  async #tellOne(key: string, service: ShownObject | undefined): Promise<boolean> {
    const [namespace = "", name = ""] = key.split("/");
    try {
      await this.#controlPlane.setService(namespace, name, service);
    } catch (cause) {
      if (cause instanceof ApiFault && cause.status === undefined) return false;
      const text = `the control plane does not take the service ${key}: ${(cause as Error).message}`;
      this.#tell({ is: "note", text });
    }
    if (service === undefined) this.#told.delete(key);
    else this.#told.set(key, stableJson(service));
    return true;
  }
}
