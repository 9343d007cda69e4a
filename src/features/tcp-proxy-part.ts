import type { TrafficPolicy } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { ClusterFeature, TcpProxyInit } from "#features/cluster-feature.ts";
import { clusterFeatures } from "#features/cluster-features.ts";

/** What a traffic policy says of connections that are passed on untouched. */
export function tcpProxyPart(policy: TrafficPolicy | undefined): Partial<TcpProxyInit> {
  if (policy === undefined) return {};
  const parts = (Object.values(clusterFeatures) as ClusterFeature<unknown>[]).map((feature) => {
    const asked = feature.fromTrafficPolicy(policy);
    return asked === undefined ? undefined : feature.toTcpProxy?.(asked);
  });
  return Object.assign({}, ...parts);
}
