import type { Duration } from "#base/duration.ts";

/** What a route does when a try fails. */
export type RetryPolicy = "off" | RetrySettings;

export interface RetrySettings {
  /** Tries after the first one; at least 1. */
  readonly retries: number;
  /** Envoy's retry conditions, as in the header `x-envoy-retry-on`. */
  readonly conditions: readonly string[];
  /** HTTP statuses worth another try. */
  readonly statuses: readonly number[];
  /** Limit of each try by itself; `undefined` leaves just the route's own timeout. */
  readonly perTryTimeout: Duration | undefined;
  /** The first pause between tries, doubled with each; `undefined` for Envoy's 25 ms. */
  readonly backoff: Duration | undefined;
  /** Whether a try goes to an endpoint that has failed this request already. */
  readonly ignorePreviousHosts: boolean;
  /** Whether tries may go to other localities than the first one did. */
  readonly otherLocalities: boolean;
}

/**
 * What holds where nobody said anything. Only what cannot have reached the application is tried again, so that no
 * request is carried out twice because of us. (Istio's own default also repeats gRPC's `unavailable` and `cancelled`.)
 */
export const defaultRetry: RetrySettings = {
  retries: 2,
  conditions: ["connect-failure", "refused-stream", "reset-before-request"],
  statuses: [],
  perTryTimeout: undefined,
  backoff: undefined,
  ignorePreviousHosts: true,
  otherLocalities: false,
};
