import type { WorkloadEntryObject } from "#api/objects.ts";
import type { Workload } from "#model/workload.ts";

/** Says that an instance does not answer now, and should get no traffic. */
export const unhealthyAnnotation = "stod.dev/unhealthy";
/** Comma-separated ports whose server was seen to speak first. */
const serverFirstAnnotation = "stod.dev/server-first";
/** Istio's own label for a workload with a sidecar that takes mTLS. */
const tlsModeLabel = "security.istio.io/tlsMode";

/**
 * The instance that a WorkloadEntry describes.
 *
 * @reads networking.istio.io/v1 WorkloadEntry spec.address
 * @reads networking.istio.io/v1 WorkloadEntry spec.ports
 * @reads networking.istio.io/v1 WorkloadEntry spec.labels
 * @reads networking.istio.io/v1 WorkloadEntry spec.locality
 * @reads networking.istio.io/v1 WorkloadEntry spec.weight
 * @reads networking.istio.io/v1 WorkloadEntry spec.serviceAccount
 */
export function* workloadOf({ key, metadata, spec }: WorkloadEntryObject): Iterable<Workload> {
  const labels = { ...metadata.labels, ...spec.labels };
  yield {
    key,
    name: metadata.name,
    namespace: metadata.namespace,
    address: spec.address,
    labels,
    serviceAccount: spec.serviceAccount || "default",
    ports: spec.ports,
    locality: spec.locality || undefined,
    weight: spec.weight || 1,
    healthy: metadata.annotations[unhealthyAnnotation] === undefined,
    sidecar: labels[tlsModeLabel] === "istio",
    serverFirst: (metadata.annotations[serverFirstAnnotation] ?? "").split(",").filter(Boolean).map(Number),
  };
}
