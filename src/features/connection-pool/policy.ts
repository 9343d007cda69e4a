import type { Duration } from "#base/duration.ts";

/** What a proxy may hold open towards a cluster, and for how long. `undefined` limits nothing. */
export interface ConnectionPool {
  readonly limits: PoolLimits;
  readonly connectTimeout: Duration | undefined;
  readonly keepalive: TcpKeepalive | undefined;
  /** What holds for connections that are passed on untouched. */
  readonly tcp: TcpPool;
  readonly http: HttpPool;
}

export interface TcpPool {
  /** Zero for as long as it wants; `undefined` for Envoy's hour. */
  readonly idleTimeout: Duration | undefined;
  readonly maxConnectionDuration: Duration | undefined;
}

export interface PoolLimits {
  readonly connections: number | undefined;
  /** Requests that wait for a connection. */
  readonly pendingRequests: number | undefined;
  readonly requests: number | undefined;
  /** Retries under way at one time. */
  readonly retries: number | undefined;
  /** Instead of a fixed number of retries, a share of the requests. */
  readonly retryBudget: { readonly percent: number; readonly leastRetries: number } | undefined;
}

/** `undefined` fields leave the operating system's. */
export interface TcpKeepalive {
  readonly probes: number | undefined;
  readonly time: Duration | undefined;
  readonly interval: Duration | undefined;
}

export interface HttpPool {
  /** Which HTTP is spoken: always HTTP/2, as the caller does, or what the port says. */
  readonly speaks: "h2" | "as-caller" | undefined;
  readonly idleTimeout: Duration | undefined;
  readonly maxConnectionDuration: Duration | undefined;
  readonly maxRequestsPerConnection: number | undefined;
  /** Of one HTTP/2 connection. */
  readonly maxConcurrentStreams: number | undefined;
}
