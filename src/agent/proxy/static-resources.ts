import type { MessageInitShape } from "@bufbuild/protobuf";
import { applicationHost, type WorkloadSpec } from "#agent/workload/spec.ts";
import { socketAddress, socketMark } from "#envoy/address.ts";
import { any } from "#envoy/any.ts";
import { Cluster_DiscoveryType, type ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { AddressSchema } from "#envoy/gen/envoy/config/core/v3/address_pb.js";
import type { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import type { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import { HealthCheckSchema } from "#envoy/gen/envoy/extensions/filters/http/health_check/v3/health_check_pb.js";
import { RouterSchema } from "#envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpConnectionManagerSchema } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { TcpProxySchema } from "#envoy/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { upstreamHttp } from "#envoy/http-protocol.ts";
import { sdsCluster, xdsCluster } from "#envoy/names.ts";
import { inboundMark } from "#host/capture.ts";

/** Unix sockets in an Envoy's directory, where it runs. */
export const proxySockets = {
  /** Envoy's: its admin interface. */
  admin: "admin.sock",
  /** Ours: configuration and certificates. One for each Envoy, so that we know who asks. */
  agent: "agent.sock",
  /** Envoy's: leads to the application's readiness port, inside its network namespace. */
  readiness: "readiness.sock",
} as const;

type ClusterInit = MessageInitShape<typeof ClusterSchema>;
type ListenerInit = MessageInitShape<typeof ListenerSchema>;
type AddressInit = MessageInitShape<typeof AddressSchema>;

const statsCluster = "prometheus_stats";
const readinessCluster = "readiness";

/** @param mode  of the socket's file, where it is Envoy that makes it */
export function pipe(path: string, mode = 0): AddressInit {
  return { address: { case: "pipe", value: { path, mode } } };
}

/** What capture knows an Envoy's connections by. Where nothing is captured, nobody may set it either. */
export function markedBy({ explicit }: WorkloadSpec, mark: number): ClusterInit["upstreamBindConfig"] {
  return explicit === undefined ? { socketOptions: [socketMark(mark)] } : undefined;
}

export function staticClusters(spec: WorkloadSpec): ClusterInit[] {
  const { readiness } = spec;
  const clusters = [
    cluster(xdsCluster, pipe(proxySockets.agent), http2),
    cluster(sdsCluster, pipe(proxySockets.agent), http2),
    cluster(statsCluster, pipe(proxySockets.admin)),
  ];
  if (readiness.check.by === "http") {
    // Over loopback, which an application that is reached through its sidecar only listens on as well.
    const application = socketAddress(applicationHost(spec), readiness.check.port);
    clusters.push(cluster(readinessCluster, application, {}, markedBy(spec, inboundMark)));
  }
  return clusters;
}

const http2 = upstreamHttp("h2");

function cluster(
  name: string,
  address: AddressInit,
  options: ClusterInit["typedExtensionProtocolOptions"] = {},
  upstreamBindConfig?: ClusterInit["upstreamBindConfig"],
): ClusterInit {
  return {
    name,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.STATIC },
    connectTimeout: { seconds: 1n },
    typedExtensionProtocolOptions: options,
    upstreamBindConfig,
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: "endpoint", value: { address } } }] }],
    },
  };
}

/** Readiness on 15021 (503 once it drains), metrics on 15090, and the way to an application's readiness path. */
export function staticListeners({ readiness, explicit, address }: WorkloadSpec): ListenerInit[] {
  const host = explicit === undefined ? "0.0.0.0" : address;
  const listeners = [
    httpListener("readiness", socketAddress(host, 15021), "readiness", [healthCheckFilter], []),
    httpListener(
      "metrics",
      socketAddress(host, 15090),
      "metrics",
      [],
      [{ match: { pathSpecifier: { case: "path", value: "/stats/prometheus" } }, action: toCluster(statsCluster) }],
    ),
  ];
  if (readiness.check.by === "http") listeners.push(readinessListener);
  return listeners;
}

const readinessListener: ListenerInit = {
  name: "application-readiness",
  address: pipe(proxySockets.readiness, 0o600),
  filterChains: [
    {
      filters: [
        {
          name: "envoy.filters.network.tcp_proxy",
          configType: {
            case: "typedConfig",
            value: any(TcpProxySchema, {
              statPrefix: "application-readiness",
              clusterSpecifier: { case: "cluster", value: readinessCluster },
            }),
          },
        },
      ],
    },
  ],
};

const healthCheckFilter = {
  name: "envoy.filters.http.health_check",
  configType: {
    case: "typedConfig" as const,
    value: any(HealthCheckSchema, {
      passThroughMode: false,
      headers: [
        {
          name: ":path",
          headerMatchSpecifier: {
            case: "stringMatch",
            value: { matchPattern: { case: "exact", value: "/healthz/ready" } },
          },
        },
      ],
    }),
  },
};

type Routes = NonNullable<
  NonNullable<MessageInitShape<typeof RouteConfigurationSchema>["virtualHosts"]>[number]["routes"]
>;

function toCluster(name: string): Routes[number]["action"] {
  return { case: "route", value: { clusterSpecifier: { case: "cluster", value: name } } };
}

function httpListener(
  name: string,
  address: AddressInit,
  statPrefix: string,
  filters: (typeof healthCheckFilter)[],
  routes: Routes,
): ListenerInit {
  const router = {
    name: "envoy.filters.http.router",
    configType: {
      case: "typedConfig" as const,
      value: any(RouterSchema, { dynamicStats: false, suppressEnvoyHeaders: true }),
    },
  };
  const manager = any(HttpConnectionManagerSchema, {
    statPrefix,
    httpFilters: [...filters, router],
    routeSpecifier: {
      case: "routeConfig",
      value: { name, virtualHosts: [{ name, domains: ["*"], routes }] },
    },
  });
  return {
    name,
    address,
    ignoreGlobalConnLimit: true,
    filterChains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            configType: { case: "typedConfig", value: manager },
          },
        ],
      },
    ],
  };
}
