import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";
import type { WorkloadSpec } from "#agent/workload/spec.ts";
import { type Node, NodeSchema } from "#envoy/gen/envoy/config/core/v3/base_pb.js";

/** The suffix of every service's host. */
const domainSuffix = "svc.cluster.local";

/**
 * Who a proxy says it is: its id and metadata are Istio's, so whoever knows an Istio proxy's node reads this one.
 *
 * @param stodVersion  of the agent, for `stod proxy-status`
 */
export function nodeOf(spec: WorkloadSpec, stodVersion: string): Node {
  return create(NodeSchema, {
    id: nodeId(spec),
    cluster: `${spec.workload}.${spec.namespace}`,
    locality: localityOf(spec),
    metadata: metadataOf(spec, stodVersion),
  });
}

/** As in `sidecar~10.128.0.7~reviews-v1-0.shop~shop.svc.cluster.local`. */
export function nodeId({ proxy, address, name, namespace }: WorkloadSpec): string {
  const kind = proxy === "gateway" ? "router" : "sidecar";
  return `${kind}~${address}~${name}.${namespace}~${namespace}.${domainSuffix}`;
}

function localityOf({ locality }: WorkloadSpec): MessageInitShape<typeof NodeSchema>["locality"] {
  return locality && { region: locality.region, zone: locality.zone, subZone: locality.subzone };
}

function metadataOf(spec: WorkloadSpec, stodVersion: string): JsonObject {
  return {
    NAME: spec.name,
    NAMESPACE: spec.namespace,
    SERVICE_ACCOUNT: spec.serviceAccount,
    WORKLOAD_NAME: spec.workload,
    LABELS: { ...spec.labels },
    INSTANCE_IPS: spec.address,
    STOD_VERSION: stodVersion,
    VHDS: "true",
    ...(spec.explicit !== undefined && { CAPTURE: "explicit", EXPLICIT_INDEX: `${spec.explicit}` }),
  };
}
