import { duration } from "#envoy/duration.ts";
import type { ClusterPart } from "#features/cluster-feature.ts";
import type { OutlierDetection } from "#features/outlier-detection/policy.ts";

/**
 * Endpoints are judged by their own errors in a row only, never against how the others do.
 *
 * @writes envoy.config.cluster.v3.Cluster.outlier_detection
 * @writes envoy.config.cluster.v3.Cluster.CommonLbConfig.healthy_panic_threshold
 */
export function toEnvoy(policy: OutlierDetection): ClusterPart {
  const { consecutive5xx, consecutiveGatewayErrors, localOrigin, interval, baseEjectionTime } = policy;
  return {
    cluster: {
      outlierDetection: {
        enforcingSuccessRate: 0,
        consecutive5xx,
        enforcingConsecutive5xx: enforced(consecutive5xx),
        consecutiveGatewayFailure: consecutiveGatewayErrors,
        enforcingConsecutiveGatewayFailure: enforced(consecutiveGatewayErrors),
        interval: interval && duration(interval),
        baseEjectionTime: baseEjectionTime && duration(baseEjectionTime),
        maxEjectionPercent: policy.maxEjectionPercent,
        ...(localOrigin && {
          splitExternalLocalOriginErrors: true,
          enforcingLocalOriginSuccessRate: 0,
          consecutiveLocalOriginFailure: localOrigin.consecutive,
          enforcingConsecutiveLocalOriginFailure: enforced(localOrigin.consecutive),
        }),
      },
      // Envoy's own threshold is 50%, which a service of two endpoints reaches with the first that fails.
      commonLbConfig: { healthyPanicThreshold: { value: policy.minHealthPercent } },
    },
  };
}

/** How many percent of the endpoints that reach a limit are left out: all, or none where there is no limit. */
function enforced(limit: number | undefined): number | undefined {
  return limit === undefined ? undefined : limit > 0 ? 100 : 0;
}
