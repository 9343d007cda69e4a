import type { Duration } from "#base/duration.ts";

/** As in Kubernetes: a ready application is taken off after this many failures in a row. */
const failuresToUnready = 3;
const firstPauseMs = 10;

export interface ReadinessOptions {
  readonly check: () => Promise<boolean>;
  /** Between two checks of a ready application. */
  readonly interval: Duration;
  readonly onChange: (isReady: boolean) => void;
}

/** Watches whether an application can take requests: often while it starts, at its interval once it does. */
export class ReadinessWatch {
  readonly #options: ReadinessOptions;
  #isReady = false;
  #failures = 0;
  #pauseMs = firstPauseMs;
  #timer: NodeJS.Timeout | undefined;
  /** Counts starts and stops, so that a check that was under way then does not count. */
  #round = 0;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Begins to check an application that has just been started. */
  start(): void {
    this.stop();
    this.#pauseMs = firstPauseMs;
    this.#failures = 0;
    void this.#check(this.#round);
  }

  /** The application is gone: it is not ready, and not checked. */
  stop(): void {
    this.#round++;
    clearTimeout(this.#timer);
    this.#become(false);
  }

  async #check(round: number): Promise<void> {
    const passed = await this.#options.check();
    if (round !== this.#round) return;
    this.#failures = passed ? 0 : this.#failures + 1;
    if (passed) this.#become(true);
    else if (this.#failures >= failuresToUnready) this.#become(false);
    if (round !== this.#round) return;
    this.#timer = setTimeout(() => this.#check(round), this.#nextPause());
  }

  #nextPause(): number {
    if (this.#isReady) return this.#options.interval.ms;
    this.#pauseMs = Math.min(this.#pauseMs * 1.5, this.#options.interval.ms);
    return this.#pauseMs;
  }

  #become(isReady: boolean): void {
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    this.#options.onChange(isReady);
  }
}
