import type { Backoff } from "#base/backoff.ts";
import type { Duration } from "#base/duration.ts";
import { type Child, type ChildSpec, type Exit, type OnLine, startChild } from "#host/process.ts";

/** Where a supervised process stands. */
export type Standing =
  | { readonly at: "stopped" }
  | { readonly at: "running"; readonly pid: number | undefined }
  /** It ended by itself, and is started again after the wait. */
  | { readonly at: "waiting"; readonly exit: Exit; readonly wait: Duration };

export interface SupervisorOptions {
  /** What to start; asked for each start anew. */
  readonly spec: () => ChildSpec;
  readonly onLine: OnLine;
  /** Hears of every change, `stopped` included. */
  readonly onChange: (standing: Standing) => void;
  readonly backoff: Backoff;
  /** A process that ran this long was healthy: its next restart waits as little as the first one. */
  readonly healthyAfter: Duration;
}

/** Keeps one process running until it is told to stop. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  #standing: Standing = { at: "stopped" };
  #child: Child | undefined;
  #timer: NodeJS.Timeout | undefined;
  #starts = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** How often it was started again because it had ended by itself. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /** Starts it, unless it is running or about to. */
  start(): void {
    if (this.#standing.at !== "stopped") return;
    this.#starts = 0;
    this.#options.backoff.reset();
    this.#run();
  }

  /** SIGTERM, and SIGKILL after the grace; it is not started again. */
  async stop(grace: Duration): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    clearTimeout(this.#timer);
    await child?.stop(grace);
    if (this.#standing.at !== "stopped") this.#change({ at: "stopped" });
  }

  #run(): void {
    const { spec, onLine, backoff, healthyAfter } = this.#options;
    const startedAt = performance.now();
    const child = startChild(spec(), onLine);
    this.#child = child;
    this.#starts++;
    this.#change({ at: "running", pid: child.pid });
    child.exited.then((exit) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      if (performance.now() - startedAt >= healthyAfter.ms) backoff.reset();
      const wait = backoff.next();
      this.#timer = setTimeout(() => this.#run(), wait.ms);
      this.#change({ at: "waiting", exit, wait });
    });
  }

  #change(standing: Standing): void {
    this.#standing = standing;
    this.#options.onChange(standing);
  }
}
