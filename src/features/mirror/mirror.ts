import type { Destination } from "#features/destination/destination.ts";

/** Copies of requests, sent along and forgotten: nobody waits for their answers. */
export interface Mirror {
  readonly to: Destination;
  /** How many of the requests are copied. */
  readonly percent: number;
}
