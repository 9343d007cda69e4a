/**
 * The control plane of `relay.test.ts`: serves one service on the socket that it is given, and dies by SIGKILL. SIGUSR1
 * changes its route; one that is started with `changed` has that change from the start.
 */

import { any } from "#envoy/any.ts";
import { encodeResource } from "#envoy/encode.ts";
import { Cluster_DiscoveryType, ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { ApiConfigSource_ApiType, ApiVersion } from "#envoy/gen/envoy/config/core/v3/config_source_pb.js";
import { ClusterLoadAssignmentSchema } from "#envoy/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { VirtualHostSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import { RouterSchema } from "#envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpConnectionManagerSchema } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { DownstreamTlsContextSchema } from "#envoy/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ownSecret, sdsCluster } from "#envoy/names.ts";
import { GrpcServer } from "#grpc/server.ts";
import { XdsServer } from "#xds/server.ts";

const [socket = "", applicationPort = "", startsAs = ""] = process.argv.slice(2);

const overAds = {
  resourceApiVersion: ApiVersion.V3,
  configSourceSpecifier: { case: "ads" as const, value: {} },
};
const tcp = (port: number) => ({
  address: {
    case: "socketAddress" as const,
    value: { address: "127.0.0.1", portSpecifier: { case: "portValue" as const, value: port } },
  },
});

const cluster = encodeResource(
  ClusterSchema,
  {
    name: "application",
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: overAds },
  },
  "application",
);
const endpoint = { hostIdentifier: { case: "endpoint" as const, value: { address: tcp(Number(applicationPort)) } } };
const endpoints = encodeResource(
  ClusterLoadAssignmentSchema,
  { clusterName: "application", endpoints: [{ lbEndpoints: [endpoint] }] },
  "application",
);
const manager = any(HttpConnectionManagerSchema, {
  statPrefix: "trial",
  routeSpecifier: { case: "rds", value: { routeConfigName: "80", configSource: overAds } },
  httpFilters: [
    { name: "envoy.filters.http.router", configType: { case: "typedConfig", value: any(RouterSchema, {}) } },
  ],
});
const filters = [{ name: "manager", configType: { case: "typedConfig" as const, value: manager } }];
const listener = encodeResource(
  ListenerSchema,
  { name: "trial", address: tcp(10_000), filterChains: [{ filters }] },
  "trial",
);
const fromAgent = {
  resourceApiVersion: ApiVersion.V3,
  configSourceSpecifier: {
    case: "apiConfigSource" as const,
    value: {
      apiType: ApiConfigSource_ApiType.DELTA_GRPC,
      transportApiVersion: ApiVersion.V3,
      grpcServices: [{ targetSpecifier: { case: "envoyGrpc" as const, value: { clusterName: sdsCluster } } }],
    },
  },
};
const tls = any(DownstreamTlsContextSchema, {
  commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name: ownSecret, sdsConfig: fromAgent }] },
});
const tlsListener = encodeResource(
  ListenerSchema,
  {
    name: "trial-tls",
    address: tcp(10_001),
    filterChains: [{ filters, transportSocket: { name: "tls", configType: { case: "typedConfig", value: tls } } }],
  },
  "trial-tls",
);
const routes = encodeResource(
  RouteConfigurationSchema,
  { name: "80", vhds: { configSource: { ...overAds, initialFetchTimeout: { nanos: 50_000_000 } } } },
  "80",
);

function virtualHost(answer: string) {
  return encodeResource(
    VirtualHostSchema,
    {
      name: "80/all",
      domains: ["*"],
      responseHeadersToAdd: [{ header: { key: "x-route", value: answer } }],
      routes: [
        {
          match: { pathSpecifier: { case: "prefix", value: "/" } },
          action: { case: "route", value: { clusterSpecifier: { case: "cluster", value: "application" } } },
        },
      ],
    },
    "80/all",
  );
}

const xds = new XdsServer({ open: () => ({ layers: [layer] }) });
const layer = xds.newLayer("trial");
const publish = (answer: string) =>
  xds.publish(
    [cluster, endpoints, listener, tlsListener, routes, virtualHost(answer)].map((resource) => ({ layer, resource })),
  );
publish(startsAs || "first");
process.on("SIGUSR1", () => publish("changed"));

const server = new GrpcServer({ methods: xds.methods });
await server.listen({ unix: socket });
console.log("listening");
