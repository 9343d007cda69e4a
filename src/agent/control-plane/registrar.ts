import { isDeepStrictEqual } from "node:util";
import { ApiError, type ControlPlaneApi } from "#agent/control-plane/api.ts";
import { workloadEntry } from "#agent/control-plane/workload-entry.ts";
import type { Upstream } from "#agent/relay/upstream.ts";
import type { WorkloadSpec } from "#agent/workload/spec.ts";
import { type Backoff, backoff } from "#base/backoff.ts";
import { type Duration, milliseconds, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";

/** What the control plane is to know of an instance. */
type Wanted =
  | { readonly is: "registered"; readonly healthy: boolean; readonly speakFirst: readonly number[] }
  | { readonly is: "gone" };

interface Entry {
  readonly spec: WorkloadSpec;
  wanted: Wanted;
  /** Counts changes of `wanted`, so that an answer to an older one is known for that. */
  change: number;
  told: number;
  /** The last change that some control plane has heard, or that came while there was none. */
  heard: number;
  busy: boolean;
  readonly backoff: Backoff;
  timer: NodeJS.Timeout | undefined;
  readonly waiting: Set<(isLive: boolean) => void>;
  onTold: () => void;
}

/** The control plane answers when a change is live on proxies, or this long after. */
const rolloutLimit = seconds(5);

/** Tells the control plane of this agent's instances and their health, until it has heard it; and again when it comes back. */
export class Registrar {
  readonly #api: ControlPlaneApi;
  readonly #upstream: Upstream;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  readonly #unwatch: () => void;
  #closed = false;

  constructor(api: ControlPlaneApi, upstream: Upstream, log: Log) {
    this.#api = api;
    this.#upstream = upstream;
    this.#log = log;
    this.#unwatch = upstream.onChange((reach) => {
      if (reach !== "up") return;
      // A control plane that comes back may have lost what it was told.
      for (const entry of this.#entries.values()) {
        entry.told = -1;
        void this.#tell(entry);
      }
    });
  }

  /**
   * Says whether an instance can take requests.
   *
   * @param speakFirst  ports whose server was heard to speak first
   * @param onTold  is called each time the control plane has heard all there is to say of the instance
   */
  set(spec: WorkloadSpec, healthy: boolean, speakFirst: readonly number[], onTold: () => void): void {
    const known = this.#entries.get(spec.name);
    const wanted: Wanted = { is: "registered", healthy, speakFirst };
    if (known?.spec === spec && isDeepStrictEqual(known.wanted, wanted)) return;
    this.#want(spec, wanted);
    const entry = this.#entries.get(spec.name);
    if (entry === undefined) return;
    entry.onTold = onTold;
    if (this.#upstream.reach !== "up") entry.heard = entry.change;
  }

  /** Whether the control plane has heard how an instance is, or was away then: nobody has to wait for it. */
  isTold({ name }: WorkloadSpec): boolean {
    const entry = this.#entries.get(name);
    return entry !== undefined && entry.heard === entry.change;
  }

  /**
   * Has no more requests sent to an instance, and returns when proxies know, or when the limit is over: a control plane
   * that is away must not keep an instance from stopping.
   *
   * @returns whether all proxies are known to have heard
   */
  withdraw(spec: WorkloadSpec, wanted: "unhealthy" | "gone", limit: Duration): Promise<boolean> {
    const what: Wanted = wanted === "gone" ? { is: "gone" } : this.#unhealthy(spec);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), limit.ms);
      const told = (isLive: boolean) => {
        clearTimeout(timer);
        resolve(isLive);
      };
      this.#want(spec, what, told);
      if (this.#upstream.reach !== "up") told(false);
    });
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
  }

  #unhealthy({ name }: WorkloadSpec): Wanted {
    const known = this.#entries.get(name)?.wanted;
    return { is: "registered", healthy: false, speakFirst: known?.is === "registered" ? known.speakFirst : [] };
  }

  /** @param then  to be called once everybody is known to have heard of it, or not to */
  #want(spec: WorkloadSpec, wanted: Wanted, then?: (isLive: boolean) => void): void {
    const known = this.#entries.get(spec.name);
    const entry: Entry = {
      spec,
      wanted,
      change: (known?.change ?? 0) + 1,
      told: known?.told ?? -1,
      heard: known?.heard ?? -1,
      busy: known?.busy ?? false,
      backoff: known?.backoff ?? backoff(milliseconds(50), seconds(5)),
      timer: known?.timer,
      waiting: known?.waiting ?? new Set(),
      onTold: known?.onTold ?? (() => {}),
    };
    const kept = known === undefined ? entry : Object.assign(known, entry);
    this.#entries.set(spec.name, kept);
    if (then !== undefined) kept.waiting.add(then);
    void this.#tell(kept);
  }

  async #tell(entry: Entry): Promise<void> {
    if (entry.busy || this.#closed || this.#upstream.reach !== "up" || entry.told === entry.change) return;
    entry.busy = true;
    clearTimeout(entry.timer);
    const { change } = entry;
    const outcome = await this.#send(entry);
    entry.busy = false;
    if (this.#closed) return;
    if (outcome !== "failed") {
      entry.told = change;
      entry.heard = change;
      entry.backoff.reset();
      if (entry.change === change) this.#settled(entry, outcome === "live");
      else void this.#tell(entry);
    } else {
      entry.timer = setTimeout(() => this.#tell(entry), entry.backoff.next().ms);
    }
  }

  #settled(entry: Entry, isLive: boolean): void {
    for (const resolve of entry.waiting) resolve(isLive);
    entry.waiting.clear();
    entry.onTold();
    if (entry.wanted.is === "gone") this.#entries.delete(entry.spec.name);
  }

  /** Waits for proxies only where somebody does: else the next thing to tell would have to wait as well. */
  async #send({ spec, wanted, waiting }: Entry): Promise<"live" | "told" | "failed"> {
    const wait = waiting.size > 0 ? `?wait=${rolloutLimit.ms}ms` : "";
    const target = `/v1/workloads/${spec.namespace}/${spec.name}${wait}`;
    const limit = seconds(rolloutLimit.ms / 1000 + 5);
    try {
      if (wanted.is === "gone") return standOf(await this.#api.send("DELETE", target, undefined, limit));
      const body = { workloadEntry: workloadEntry(spec, wanted.speakFirst), healthy: wanted.healthy };
      return standOf(await this.#api.send("PUT", target, body, limit));
    } catch (fault) {
      if (wanted.is === "gone" && fault instanceof ApiError && fault.status === 404) return "live";
      const says = (fault as Error).message;
      this.#log.warn("the control plane could not be told of a workload", { workload: spec.name, says });
      return "failed";
    }
  }
}

/** Whether an answer says that its change is live on all proxies. */
function standOf(answer: unknown): "live" | "told" {
  const rollout = (answer as { rollout?: { proxies?: unknown; live?: unknown } } | undefined)?.rollout;
  return typeof rollout?.live === "number" && rollout.live === rollout.proxies ? "live" : "told";
}
