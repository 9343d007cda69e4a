import type { WorkloadSpec } from "#agent/workload/spec.ts";

/** Istio's label of workloads that take mTLS: an Envoy of ours ends it there. */
const takesMtls = { "security.istio.io/tlsMode": "istio" };

/** Tells the control plane of ports that cannot carry HTTP, because their server speaks first. */
const serverFirstAnnotation = "stod.dev/server-first";

/**
 * An instance as Istio's WorkloadEntry, which is how the control plane's registry knows it.
 *
 * @param speakFirst  ports whose server was heard to speak first
 */
export function workloadEntry(spec: WorkloadSpec, speakFirst: readonly number[]) {
  const { name, namespace, address, serviceAccount, locality, ports } = spec;
  const labels = { ...spec.labels, ...(spec.proxy === "sidecar" && takesMtls) };
  const annotations = { [serverFirstAnnotation]: speakFirst.join(",") };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: { name, namespace, labels, ...(speakFirst.length > 0 && { annotations }) },
    spec: {
      address,
      labels,
      serviceAccount,
      ports: Object.fromEntries(ports.map((port) => [port.name, port.targetPort])),
      ...(locality && { locality: [locality.region, locality.zone, locality.subzone].filter(Boolean).join("/") }),
    },
  };
}
