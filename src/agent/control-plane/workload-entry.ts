import type { WorkloadSpec } from "#agent/workload/spec.ts";

/** Istio's label of workloads that take mTLS: an Envoy of ours ends it there. */
const takesMtls = { "security.istio.io/tlsMode": "istio" };

/** An instance as Istio's WorkloadEntry, which is how the control plane's registry knows it. */
export function workloadEntry(spec: WorkloadSpec) {
  const { name, namespace, address, serviceAccount, locality, ports } = spec;
  const labels = { ...spec.labels, ...(spec.proxy === "sidecar" && takesMtls) };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: { name, namespace, labels },
    spec: {
      address,
      labels,
      serviceAccount,
      ports: Object.fromEntries(ports.map((port) => [port.name, port.targetPort])),
      ...(locality && { locality: [locality.region, locality.zone, locality.subzone].filter(Boolean).join("/") }),
    },
  };
}
