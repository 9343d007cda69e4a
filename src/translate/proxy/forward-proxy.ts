import { any } from "#envoy/any.ts";
import { Cluster_DnsLookupFamily as Family } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterConfigSchema } from "#envoy/gen/envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster_pb.js";
import { FilterConfigSchema } from "#envoy/gen/envoy/extensions/filters/http/dynamic_forward_proxy/v3/dynamic_forward_proxy_pb.js";
import type { HttpFilterInit } from "#features/route-feature.ts";

/** The addresses that were found, which the filter and the cluster share by their equal settings. */
const found = {
  implementationSpecifier: {
    case: "dnsCacheConfig" as const,
    value: { name: "http_proxy", dnsLookupFamily: Family.V4_PREFERRED },
  },
};

/** Finds the host of a request whose route leads to a cluster of {@link forwarded} hosts; leaves others alone. */
export const findHost: HttpFilterInit = {
  name: "envoy.filters.http.dynamic_forward_proxy",
  configType: { case: "typedConfig", value: any(FilterConfigSchema, found) },
};

/** The type of a cluster whose endpoints are the hosts that requests name. */
export const forwarded = {
  name: "envoy.clusters.dynamic_forward_proxy",
  typedConfig: any(ClusterConfigSchema, {
    clusterImplementationSpecifier: found.implementationSpecifier,
  }),
};
