import { socketAddress } from "#envoy/address.ts";
import { encodeResource } from "#envoy/encode.ts";
import {
  ClusterSchema,
  Cluster_DiscoveryType as DiscoveryType,
} from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { TrafficDirection as Direction } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import {
  type ClusterName,
  httpProxyListener,
  passthroughCluster,
  tunnelCluster,
  tunnelListener,
} from "#envoy/names.ts";
import { routeConfigurationName } from "#envoy/route-names.ts";
import type { RouteInit } from "#features/route-feature.ts";
import { frontAddress, httpProxyPort } from "#host/explicit-capture.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import { httpConnectionManager, outboundHttpFilters } from "#translate/proxy/filters.ts";
import { findHost } from "#translate/proxy/forward-proxy.ts";
import { unknownHosts } from "#translate/proxy/route-configuration.ts";
import type { VirtualHostInit } from "#translate/proxy/virtual-host.ts";
import type { EncodedResource } from "#xds/resource.ts";

export const httpProxyRoutes = routeConfigurationName({ of: "http proxy" });

/**
 * What an application takes for an HTTP proxy: routes requests by the host and port that they name. Clients that ask for a tunnel
 * first, as some do for plain HTTP too, have what comes through it routed the same way.
 *
 * @writes envoy.config.listener.v3.Listener
 */
export function httpProxyResources(place: number, settings: MeshSettings): readonly EncodedResource[] {
  const filters = (statPrefix: string, own: { upgradeConfigs?: { upgradeType: string }[] }) => [
    httpConnectionManager("outbound", statPrefix, { rds: httpProxyRoutes }, settings, {
      httpFilters: outboundHttpFilters([findHost]),
      ...own,
    }),
  ];
  const listener = {
    name: httpProxyListener,
    address: socketAddress(frontAddress(place), httpProxyPort),
    trafficDirection: Direction.OUTBOUND,
    filterChains: [
      {
        name: "http",
        filters: filters(httpProxyListener, {
          upgradeConfigs: [{ upgradeType: "websocket" }, { upgradeType: "CONNECT" }],
        }),
      },
    ],
  };
  const tunnels = {
    name: tunnelListener,
    listenerSpecifier: { case: "internalListener" as const, value: {} },
    trafficDirection: Direction.OUTBOUND,
    filterChains: [{ name: "http", filters: filters(tunnelListener, {}) }],
  };
  return [
    encodeResource(ListenerSchema, listener, httpProxyListener),
    encodeResource(ListenerSchema, tunnels, tunnelListener),
    toTunnels,
  ];
}

const tunnelEnd = { addressNameSpecifier: { case: "serverListenerName" as const, value: tunnelListener } };
const toTunnels = encodeResource(
  ClusterSchema,
  {
    name: tunnelCluster,
    clusterDiscoveryType: { case: "type", value: DiscoveryType.STATIC },
    loadAssignment: {
      clusterName: tunnelCluster,
      endpoints: [
        {
          lbEndpoints: [
            {
              hostIdentifier: {
                case: "endpoint",
                value: { address: { address: { case: "envoyInternalAddress", value: tunnelEnd } } },
              },
            },
          ],
        },
      ],
    },
  },
  tunnelCluster,
);

/** A virtual host whose requests may come through a tunnel. */
export function tunnelled(virtualHost: VirtualHostInit): VirtualHostInit {
  return { ...virtualHost, routes: [tunnelTo(tunnelCluster), ...(virtualHost.routes ?? [])] };
}

/** What becomes of requests to hosts that the mesh does not know, and of tunnels there. */
export function unknownToProxy(settings: MeshSettings): VirtualHostInit {
  const unknown = unknownHosts(settings);
  if (settings.outboundTraffic !== "allow-any") return unknown;
  return { ...unknown, routes: [tunnelTo(passthroughCluster), ...(unknown.routes ?? [])] };
}

function tunnelTo(cluster: ClusterName): RouteInit {
  return {
    name: "tunnel",
    match: { pathSpecifier: { case: "connectMatcher", value: {} } },
    action: {
      case: "route",
      value: {
        clusterSpecifier: { case: "cluster", value: cluster },
        timeout: { seconds: 0n },
        upgradeConfigs: [{ upgradeType: "CONNECT", connectConfig: {} }],
      },
    },
  };
}
