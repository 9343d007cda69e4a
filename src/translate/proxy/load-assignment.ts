import type { MessageInitShape } from "@bufbuild/protobuf";
import { socketAddress } from "#envoy/address.ts";
import { encodeResource } from "#envoy/encode.ts";
import type {
  LbEndpointSchema,
  LocalityLbEndpointsSchema,
} from "#envoy/gen/envoy/config/endpoint/v3/endpoint_components_pb.js";
import { ClusterLoadAssignmentSchema } from "#envoy/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import { type ClusterName, clusterName } from "#envoy/names.ts";
import type { ServiceEndpoints } from "#model/endpoint.ts";
import { canonicalRevision, canonicalService, type Labels, selects } from "#model/labels.ts";
import type { EncodedResource } from "#xds/resource.ts";

type ClusterLoadAssignmentInit = Exclude<MessageInitShape<typeof ClusterLoadAssignmentSchema>, { $typeName: string }>;
type LbEndpointInit = MessageInitShape<typeof LbEndpointSchema>;
type LocalityInit = Exclude<MessageInitShape<typeof LocalityLbEndpointsSchema>, { $typeName: string }>;

/** One address that a cluster sends to. */
export interface ClusterEndpoint {
  readonly address: string;
  readonly port: number;
  readonly mtls: boolean;
  readonly weight: number;
  readonly locality: string | undefined;
  readonly labels: Labels;
  readonly namespace: string;
  readonly workload: string;
}

/**
 * The endpoints of one port of a service, or those of a subset.
 *
 * @param subset  its name and labels; `undefined` for all endpoints
 * @writes envoy.config.endpoint.v3.ClusterLoadAssignment
 */
export function loadAssignment(
  found: ServiceEndpoints,
  port: number,
  subset: { readonly name: string; readonly labels: Labels } | undefined,
): EncodedResource {
  const name = clusterName({ direction: "outbound", port, subset: subset?.name, host: found.key });
  return encodeResource(ClusterLoadAssignmentSchema, claOf(name, clusterEndpoints(found, port, subset)), name);
}

/** Those endpoints of a service that one of its clusters sends to. */
export function clusterEndpoints(
  { endpoints }: ServiceEndpoints,
  port: number,
  subset: { readonly labels: Labels } | undefined,
): readonly ClusterEndpoint[] {
  return endpoints.flatMap((endpoint) => {
    const at = endpoint.ports[port];
    const takes = endpoint.healthy && (subset === undefined || selects(subset.labels, endpoint.labels));
    return at === undefined || !takes ? [] : [{ ...endpoint, port: at.port, mtls: at.mtls }];
  });
}

export function claOf(name: ClusterName, endpoints: readonly ClusterEndpoint[]): ClusterLoadAssignmentInit {
  const byLocality = Map.groupBy(withinLimit(endpoints), ({ locality }) => locality ?? "");
  return {
    clusterName: name,
    endpoints: [...byLocality.keys()].sort().map((key) => localityOf(key, byLocality.get(key) ?? [])),
  };
}

/** Envoy refuses weights that come to more than 32 bits together, so those are scaled down. */
function withinLimit(endpoints: readonly ClusterEndpoint[]): readonly ClusterEndpoint[] {
  const limit = 0xffff_ffff - endpoints.length;
  const sum = endpoints.reduce((total, { weight }) => total + weight, 0);
  if (sum <= limit) return endpoints;
  return endpoints.map((endpoint) => ({
    ...endpoint,
    weight: Math.max(1, Math.floor((endpoint.weight / sum) * limit)),
  }));
}

function localityOf(key: string, endpoints: readonly ClusterEndpoint[]): LocalityInit {
  const [region = "", zone = "", subZone = ""] = key.split("/");
  const weight = endpoints.reduce((sum, endpoint) => sum + endpoint.weight, 0);
  return {
    locality: key === "" ? undefined : { region, zone, subZone },
    loadBalancingWeight: weight,
    lbEndpoints: endpoints.map(lbEndpoint),
  };
}

function lbEndpoint(endpoint: ClusterEndpoint): LbEndpointInit {
  return {
    hostIdentifier: { case: "endpoint", value: { address: socketAddress(endpoint.address, endpoint.port) } },
    loadBalancingWeight: endpoint.weight,
    metadata: {
      filterMetadata: {
        ...(endpoint.mtls && { "envoy.transport_socket_match": { tlsMode: "istio" } }),
        ...(endpoint.workload !== "" && { istio: { workload: workloadTag(endpoint) } }),
      },
    },
  };
}

/** Istio's summary of a workload for telemetry: `workload;namespace;canonical name;canonical revision;cluster`. */
function workloadTag({ workload, namespace, labels }: ClusterEndpoint): string {
  return [workload, namespace, canonicalService(labels, workload), canonicalRevision(labels), "stod"].join(";");
}
