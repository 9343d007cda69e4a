import type { Duration } from "#base/duration.ts";
import type { StringMatch } from "#features/match/string-match.ts";

/** Which pages of other origins may use a route, as their browsers are told. */
export interface Cors {
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAge: Duration | undefined;
  readonly allowCredentials: boolean | undefined;
  /** What becomes of a preflight from an origin that is not allowed. */
  readonly unmatchedPreflights: "forward" | "ignore" | undefined;
}
