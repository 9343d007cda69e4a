import type { WorkloadSpec } from "#agent/workload/spec.ts";

/** An instance as Istio's WorkloadEntry, which is how the control plane's registry knows it. */
export function workloadEntry(spec: WorkloadSpec) {
  const { name, namespace, address, labels, serviceAccount, locality, ports } = spec;
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
