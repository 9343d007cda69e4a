import { create, createRegistry, type JsonObject, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { nodeOf } from "#agent/proxy/node.ts";
import { markedBy, pipe, proxySockets, staticClusters, staticListeners } from "#agent/proxy/static-resources.ts";
import { keptStatistics } from "#agent/proxy/statistics.ts";
import type { WorkloadSpec } from "#agent/workload/spec.ts";
import { any } from "#envoy/any.ts";
import { type Bootstrap, BootstrapSchema } from "#envoy/gen/envoy/config/bootstrap/v3/bootstrap_pb.js";
import {
  ApiConfigSource_ApiType,
  ApiVersion,
  type ConfigSourceSchema,
} from "#envoy/gen/envoy/config/core/v3/config_source_pb.js";
import { InternalListenerSchema } from "#envoy/gen/envoy/extensions/bootstrap/internal_listener/v3/internal_listener_pb.js";
import { HealthCheckSchema } from "#envoy/gen/envoy/extensions/filters/http/health_check/v3/health_check_pb.js";
import { RouterSchema } from "#envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpConnectionManagerSchema } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { TcpProxySchema } from "#envoy/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { DownstreamConnectionsConfigSchema } from "#envoy/gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb.js";
import { HttpProtocolOptionsSchema } from "#envoy/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import { xdsCluster } from "#envoy/names.ts";
import { outboundMark } from "#host/capture.ts";

/** More downstream connections at a time are refused; without a limit Envoy warns at each start. */
const maxConnections = 1_000_000n;

/**
 * What an Envoy starts with: who it is, where the agent's sockets are, and the few listeners that are the same in every
 * mesh. All else it gets over xDS. Its paths are seen from its own directory, where it runs: the path of a unix socket
 * has room for some 100 characters.
 *
 * @param stodVersion  of the agent, told to the control plane
 */
export function bootstrap(spec: WorkloadSpec, stodVersion: string): Bootstrap {
  return create(BootstrapSchema, {
    node: nodeOf(spec, stodVersion),
    admin: { address: pipe(proxySockets.admin, 0o600), ignoreGlobalConnLimit: true },
    dynamicResources: {
      adsConfig: {
        apiType: ApiConfigSource_ApiType.DELTA_GRPC,
        transportApiVersion: ApiVersion.V3,
        setNodeOnFirstMessageOnly: true,
        grpcServices: [{ targetSpecifier: { case: "envoyGrpc", value: { clusterName: xdsCluster } } }],
      },
      cdsConfig: overAds(),
      ldsConfig: overAds(),
    },
    staticResources: { clusters: staticClusters(spec), listeners: staticListeners(spec) },
    clusterManager: {
      upstreamBindConfig: markedBy(spec, outboundMark),
      enableDeferredClusterCreation: true,
    },
    deferredStatOptions: { enableDeferredCreationStats: true },
    statsConfig: keptStatistics(),
    overloadManager: {
      resourceMonitors: [
        {
          name: "envoy.resource_monitors.global_downstream_max_connections",
          configType: {
            case: "typedConfig",
            value: any(DownstreamConnectionsConfigSchema, { maxActiveDownstreamConnections: maxConnections }),
          },
        },
      ],
    },
    layeredRuntime: {
      layers: [
        { name: "stod", layerSpecifier: { case: "staticLayer", value: runtime } },
        { name: "admin", layerSpecifier: { case: "adminLayer", value: {} } },
      ],
    },
    bootstrapExtensions: [{ name: "envoy.bootstrap.internal_listener", typedConfig: any(InternalListenerSchema, {}) }],
  });
}

/** What Istio sets for its proxies as well, and users' regular expressions and paths rely on. */
const runtime: JsonObject = {
  "re2.max_program_size.error_level": 32768,
  "envoy.reloadable_features.http_reject_path_with_fragment": false,
  "envoy.reloadable_features.coalesce_lb_rebuilds_on_batch_update": false,
};

/** The first listeners and clusters may take as long as they need: an Envoy without them is not ready. */
function overAds(): MessageInitShape<typeof ConfigSourceSchema> {
  return {
    resourceApiVersion: ApiVersion.V3,
    initialFetchTimeout: { seconds: 0n },
    configSourceSpecifier: { case: "ads", value: {} },
  };
}

const packedTypes = createRegistry(
  DownstreamConnectionsConfigSchema,
  HealthCheckSchema,
  HttpConnectionManagerSchema,
  HttpProtocolOptionsSchema,
  InternalListenerSchema,
  RouterSchema,
  TcpProxySchema,
);

/** A bootstrap as the file that Envoy reads. */
export function bootstrapJson(message: Bootstrap): string {
  return JSON.stringify(toJson(BootstrapSchema, message, { registry: packedTypes }), undefined, 2);
}
