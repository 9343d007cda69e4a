import type { Duration } from "#base/duration.ts";
import { duration } from "#envoy/duration.ts";
import type { RoutePart } from "#features/route-feature.ts";

/**
 * A gRPC caller's own deadline counts up to the route's limit; zero there means "as the caller asks". The limit itself
 * is not one of the whole stream: that would run out first, and then neither retries nor outlier detection saw it.
 *
 * @writes envoy.config.route.v3.RouteAction.timeout
 * @writes envoy.config.route.v3.RouteAction.max_stream_duration
 */
export function toEnvoy(timeout: Duration): RoutePart {
  return {
    action: { timeout: duration(timeout), maxStreamDuration: { grpcTimeoutHeaderMax: duration(timeout) } },
  };
}
