import { fractionalPercent } from "#envoy/percent.ts";
import type { Mirror } from "#features/mirror/mirror.ts";
import type { RoutePart, RouteTarget } from "#features/route-feature.ts";

/** @writes envoy.config.route.v3.RouteAction.request_mirror_policies */
export function toEnvoy(mirrors: readonly Mirror[], target: RouteTarget): RoutePart {
  return {
    action: {
      requestMirrorPolicies: mirrors.map(({ to, percent }) => ({
        cluster: target.clusterOf(to),
        runtimeFraction: { defaultValue: fractionalPercent(percent) },
        traceSampled: false,
      })),
    },
  };
}
