import type { Duration } from "#base/duration.ts";
import { duration } from "#envoy/duration.ts";
import type { RoutePart } from "#features/route-feature.ts";

/**
 * gRPC's own deadline is kept to the route's limit too: zero there means "as the caller asks".
 *
 * @writes envoy.config.route.v3.RouteAction.timeout
 * @writes envoy.config.route.v3.RouteAction.max_stream_duration
 */
export function toEnvoy(timeout: Duration): RoutePart {
  return {
    action: {
      timeout: duration(timeout),
      maxStreamDuration: { maxStreamDuration: duration(timeout), grpcTimeoutHeaderMax: duration(timeout) },
    },
  };
}
