import type { Duration } from "#base/duration.ts";

/** How requests are spread over the endpoints of a cluster. */
export interface LoadBalancing {
  readonly by: Balancing;
  /** Gives new endpoints their share little by little; `undefined` for all of it at once. */
  readonly warmup: Warmup | undefined;
}

export type Balancing =
  | { readonly is: "least-request" | "round-robin" | "random" }
  /** Nothing is spread: each connection goes on to where its caller sent it. */
  | { readonly is: "as-called" }
  | ConsistentHash;

/** The same key goes to the same endpoint, as long as endpoints stay. */
export interface ConsistentHash {
  readonly is: "hash";
  /** `undefined` where the user names none: then requests have no key, and are spread at random. */
  readonly key: HashKey | undefined;
  readonly table: HashTable;
}

export type HashKey =
  | { readonly of: "header"; readonly name: string }
  | { readonly of: "query-parameter"; readonly name: string }
  | { readonly of: "source-address" }
  | HashCookie;

export interface HashCookie {
  readonly of: "cookie";
  readonly name: string;
  readonly path: string;
  /** How long a cookie lives that the proxy makes for callers without one, zero for as long as their session; `undefined`: makes none. */
  readonly ttl: Duration | undefined;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

export type HashTable =
  /** The fewest entries of the ring; `undefined` for Envoy's 1024. */
  | { readonly is: "ring"; readonly least: bigint | undefined }
  /** The entries of the table; `undefined` for Envoy's 65537. */
  | { readonly is: "maglev"; readonly size: bigint | undefined };

/** The most entries that Envoy takes. */
export const mostRingEntries = 8_388_608n;
export const mostMaglevEntries = 5_000_011n;

export interface Warmup {
  readonly over: Duration;
  /** Below 1 the start is slower, above 1 faster; `undefined` for 1: steady. */
  readonly aggression: number | undefined;
  /** The least share of its weight that an endpoint has from the start; `undefined` for Envoy's 10%. */
  readonly leastPercent: number | undefined;
}
