import { seconds } from "#base/duration.ts";
import { duration } from "#envoy/duration.ts";
import { encodeResource } from "#envoy/encode.ts";
import {
  ClusterSchema,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_LbPolicy as LbPolicy,
} from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { upstreamHttp } from "#envoy/http-protocol.ts";
import { blackHoleCluster, passthroughCluster } from "#envoy/names.ts";
import { forwarded } from "#translate/proxy/forward-proxy.ts";
import type { EncodedResource } from "#xds/resource.ts";

/** Where traffic goes that the mesh does not know: on to where the caller sent it, as it is. */
export const passthrough: EncodedResource = encodeResource(
  ClusterSchema,
  {
    name: passthroughCluster,
    clusterDiscoveryType: { case: "type", value: DiscoveryType.ORIGINAL_DST },
    lbPolicy: LbPolicy.CLUSTER_PROVIDED,
    connectTimeout: duration(seconds(10)),
    typedExtensionProtocolOptions: upstreamHttp("h1"),
  },
  passthroughCluster,
);

/** The same for requests to an HTTP proxy: on to the host that they name, found by DNS. */
export const forwardProxy: EncodedResource = encodeResource(
  ClusterSchema,
  {
    name: passthroughCluster,
    clusterDiscoveryType: { case: "clusterType", value: forwarded },
    lbPolicy: LbPolicy.CLUSTER_PROVIDED,
    connectTimeout: duration(seconds(10)),
  },
  passthroughCluster,
);

/** Where traffic goes that may go nowhere. */
export const blackHole: EncodedResource = encodeResource(
  ClusterSchema,
  {
    name: blackHoleCluster,
    clusterDiscoveryType: { case: "type", value: DiscoveryType.STATIC },
    connectTimeout: duration(seconds(1)),
  },
  blackHoleCluster,
);
