import type { Duration } from "#base/duration.ts";

/**
 * When an endpoint that fails is left out for a while. `undefined` fields keep Envoy's defaults: 5 errors with a status
 * of 500 and more, looked at each 10 s, out for 30 s and longer each time, at most 10% of the endpoints.
 */
export interface OutlierDetection {
  /** Errors in a row; 0 for never because of them. */
  readonly consecutive5xx: number | undefined;
  /** 502, 503 and 504 in a row; 0 for never because of them. */
  readonly consecutiveGatewayErrors: number | undefined;
  /** Counts what failed on the way (connecting, time running out) by itself; `undefined` counts it as an error like others. */
  readonly localOrigin: { readonly consecutive: number | undefined } | undefined;
  readonly interval: Duration | undefined;
  readonly baseEjectionTime: Duration | undefined;
  readonly maxEjectionPercent: number | undefined;
  /** With fewer healthy ones than this, all endpoints get traffic again; 0: never. */
  readonly minHealthPercent: number;
}
