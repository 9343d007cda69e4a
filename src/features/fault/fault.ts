import type { Duration } from "#base/duration.ts";

/** Failures put into the way of requests on purpose. */
export interface Fault {
  readonly delay: { readonly by: Duration; readonly percent: number } | undefined;
  readonly abort: { readonly with: AbortWith; readonly percent: number } | undefined;
}

export type AbortWith =
  | { readonly is: "http"; readonly status: number }
  | { readonly is: "grpc"; readonly status: number };
