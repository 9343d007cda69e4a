import type { MessageInitShape } from "@bufbuild/protobuf";
import { milliseconds } from "#base/duration.ts";
import { socketAddress } from "#envoy/address.ts";
import { fromAds } from "#envoy/ads.ts";
import { any } from "#envoy/any.ts";
import { duration } from "#envoy/duration.ts";
import { encodeResource } from "#envoy/encode.ts";
import { Cluster_DiscoveryType, ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterLoadAssignmentSchema } from "#envoy/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { VirtualHostSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import { OnDemandSchema } from "#envoy/gen/envoy/extensions/filters/http/on_demand/v3/on_demand_pb.js";
import { RouterSchema } from "#envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpConnectionManagerSchema } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import type { EncodedResource } from "./resource.ts";

export function cluster(name: string, connectTimeoutMs = 1000): EncodedResource {
  const init = {
    name,
    clusterDiscoveryType: { case: "type", value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: fromAds },
    connectTimeout: duration(milliseconds(connectTimeoutMs)),
  } as const;
  return encodeResource(ClusterSchema, init, name);
}

/** Endpoints that are one unix socket. */
export function endpoints(name: string, socket: string): EncodedResource {
  const address = socketAddress(`unix://${socket}`, 0);
  const lbEndpoint = { hostIdentifier: { case: "endpoint", value: { address } } } as const;
  return encodeResource(
    ClusterLoadAssignmentSchema,
    { clusterName: name, endpoints: [{ lbEndpoints: [lbEndpoint] }] },
    name,
  );
}

export function listener(name: string, socket: string): EncodedResource {
  const manager = any(HttpConnectionManagerSchema, {
    statPrefix: name,
    routeSpecifier: { case: "rds", value: { routeConfigName: name, configSource: fromAds } },
    httpFilters: [
      { name: "on-demand", configType: { case: "typedConfig", value: any(OnDemandSchema, {}) } },
      { name: "router", configType: { case: "typedConfig", value: any(RouterSchema, {}) } },
    ],
  });
  const filter = { name: "http", configType: { case: "typedConfig", value: manager } } as const;
  const address = socketAddress(`unix://${socket}`, 0);
  return encodeResource(ListenerSchema, { name, address, filterChains: [{ filters: [filter] }] }, name);
}

/** A route configuration whose virtual hosts come over VHDS. */
export function routes(name: string): EncodedResource {
  return encodeResource(RouteConfigurationSchema, { name, vhds: { configSource: fromAds } }, name);
}

/** A virtual host that answers by itself, or where `says` is a cluster's name in brackets, leads there. */
export function host(routeConfiguration: string, domain: string, says: string): EncodedResource {
  const name = `${routeConfiguration}/${domain}`;
  return encodeResource(VirtualHostSchema, virtualHost(name, domain, says), name);
}

/** A route configuration with one such virtual host inside. */
export function wholeRoutes(name: string, domain: string, says: string): EncodedResource {
  const virtualHosts = [virtualHost(domain, domain, says)];
  return encodeResource(RouteConfigurationSchema, { name, virtualHosts }, name);
}

function virtualHost(name: string, domain: string, says: string): MessageInitShape<typeof VirtualHostSchema> {
  const toCluster = /^\[(.*)\]$/.exec(says)?.[1];
  const action =
    toCluster === undefined
      ? ({
          case: "directResponse",
          value: { status: 200, body: { specifier: { case: "inlineString", value: says } } },
        } as const)
      : ({ case: "route", value: { clusterSpecifier: { case: "cluster", value: toCluster } } } as const);
  const route = { match: { pathSpecifier: { case: "prefix", value: "/" } }, action } as const;
  return { name, domains: [domain], routes: [route] };
}
