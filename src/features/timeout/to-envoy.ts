import type { Duration } from "#base/duration.ts";
import { duration } from "#envoy/duration.ts";
import type { RoutePart } from "#features/route-feature.ts";

/**
 * The limit is the route's own, not one of the whole stream: Envoy looks at no other limit where a stream has one, and
 * what runs out then is seen neither by retries nor by outlier detection.
 *
 * @writes envoy.config.route.v3.RouteAction.timeout
 */
export function toEnvoy(timeout: Duration): RoutePart {
  return { action: { timeout: duration(timeout), maxStreamDuration: undefined } };
}
