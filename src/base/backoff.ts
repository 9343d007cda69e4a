import type { Duration } from "#base/duration.ts";

/** How long to wait before each next try. */
export interface Backoff {
  /** The wait before the next try: somewhere between half of the step and all of it, and each step doubles. */
  next(): Duration;
  /** Call it after success: the next wait is a first one again. */
  reset(): void;
}

/**
 * Waits that double from `first` up to `most`, with jitter, so that many who failed at one moment do not all come
 * back at one moment.
 *
 * @param random  from 0 up to 1, as `Math.random`
 */
export function backoff(first: Duration, most: Duration, random: () => number = Math.random): Backoff {
  let stepMs = first.ms;
  return {
    next() {
      const ms = stepMs * (0.5 + random() / 2);
      stepMs = Math.min(stepMs * 2, most.ms);
      return { ms };
    },
    reset() {
      stepMs = first.ms;
    },
  };
}
