import type { TrafficPolicy } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import { fromProto } from "#envoy/duration.ts";
import type { OutlierDetection } from "#features/outlier-detection/policy.ts";

/** @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy.outlierDetection */
export function fromTrafficPolicy({ outlierDetection: asked }: TrafficPolicy): OutlierDetection | undefined {
  if (asked === undefined) return undefined;
  return {
    consecutive5xx: asked.consecutive5xxErrors,
    consecutiveGatewayErrors: asked.consecutiveGatewayErrors,
    localOrigin: asked.splitExternalLocalOriginErrors
      ? { consecutive: asked.consecutiveLocalOriginFailures || undefined }
      : undefined,
    interval: asked.interval && fromProto(asked.interval),
    baseEjectionTime: asked.baseEjectionTime && fromProto(asked.baseEjectionTime),
    maxEjectionPercent: asked.maxEjectionPercent > 0 ? Math.min(asked.maxEjectionPercent, 100) : undefined,
    minHealthPercent: Math.min(Math.max(asked.minHealthPercent, 0), 100),
  };
}
