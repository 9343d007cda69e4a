import { socketAddress } from "#envoy/address.ts";
import { encodeResource } from "#envoy/encode.ts";
import { TrafficDirection as Direction } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { VirtualHost_TlsRequirementType as TlsRequirement } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { HttpConnectionManager_ForwardClientCertDetails as ClientCert } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { listenerName, virtualHostName } from "#envoy/names.ts";
import { type RouteConfigurationName, routeConfigurationName } from "#envoy/route-names.ts";
import type { RouteInit } from "#features/route-feature.ts";
import { frontAddress, openPort } from "#host/explicit-capture.ts";
import { byAge } from "#model/age.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import type { Routing } from "#model/routing.ts";
import type { OutboundScope } from "#model/scope.ts";
import { httpConnectionManager } from "#translate/proxy/filters.ts";
import { routesAt } from "#translate/proxy/route.ts";
import { destinationCluster, type ServiceLookup, type VirtualHostInit } from "#translate/proxy/virtual-host.ts";
import type { EncodedResource } from "#xds/resource.ts";

export interface GatewayPort {
  readonly port: number;
  readonly bind: string | undefined;
}

export function gatewayRoutes({ port, bind }: GatewayPort): RouteConfigurationName {
  return routeConfigurationName({ of: "http gateway", port, bind });
}

/**
 * A port of a gateway that takes HTTP for whatever hosts its Gateways let in.
 *
 * @param place  where nothing is captured, that of the gateway: all gateways of the machine share its ports there
 * @writes envoy.config.listener.v3.Listener
 */
export function gatewayListener(at: GatewayPort, settings: MeshSettings, place: number | undefined): EncodedResource {
  const address = place === undefined ? (at.bind ?? "0.0.0.0") : frontAddress(place);
  const port = place === undefined ? at.port : openPort(at.port);
  const name = listenerName({ address, port, transport: "tcp" });
  const hcm = httpConnectionManager("outbound", `outbound_${name}`, { rds: gatewayRoutes(at) }, settings, {
    // The caller is outside: its address is that of its connection, and what it says of itself counts for nothing.
    useRemoteAddress: true,
    forwardClientCertDetails: ClientCert.SANITIZE_SET,
    setCurrentClientCertDetails: { uri: true, subject: true },
  });
  return encodeResource(
    ListenerSchema,
    {
      name,
      address: socketAddress(address, port),
      trafficDirection: Direction.OUTBOUND,
      filterChains: [{ name: "http", filters: [hcm] }],
    },
    name,
  );
}

/** One host at one port of a gateway, and the routings that say what becomes of its requests. */
export interface GatewayHost {
  readonly key: string;
  readonly scope: string;
  readonly at: GatewayPort;
  readonly host: string;
  readonly httpsRedirect: boolean;
  /** `namespace/name` of Gateways and of the routings bound to them. */
  readonly bound: readonly { readonly gateway: string; readonly routing: string }[];
}

/** @param routings  those that the host names, with the gateway that each is bound to */
export function gatewayVirtualHost(
  { host, at, httpsRedirect }: GatewayHost,
  routings: readonly { readonly gateway: string; readonly routing: Routing }[],
  scope: OutboundScope,
  lookup: ServiceLookup,
): VirtualHostInit {
  const inOrder = [...routings].sort((a, b) => byAge(a.routing, b.routing));
  return {
    name: virtualHostName({ host, port: at.port }),
    domains: [host],
    requireTls: httpsRedirect ? TlsRequirement.ALL : TlsRequirement.NONE,
    routes: catchAllsLast(
      inOrder.flatMap(({ gateway, routing }) =>
        routesAt(
          routing.http,
          { port: at.port, labels: scope.labels, namespace: scope.namespace, gateway },
          { clusterOf: (destination) => destinationCluster(destination, at.port, lookup) },
        ),
      ),
    ),
  };
}

/** Where several routings share a host, what one of them does with all the rest must not hide the others' routes. */
function catchAllsLast(routes: readonly RouteInit[]): RouteInit[] {
  const isCatchAll = ({ match }: RouteInit) => {
    const { pathSpecifier: path, headers = [], queryParameters = [] } = match ?? {};
    return path?.case === "prefix" && path.value === "/" && headers.length + queryParameters.length === 0;
  };
  return [...routes.filter((route) => !isCatchAll(route)), ...routes.filter(isCatchAll)];
}
