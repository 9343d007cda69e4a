import type { MessageInitShape } from "@bufbuild/protobuf";
import { milliseconds } from "#base/duration.ts";
import { socketAddress } from "#envoy/address.ts";
import { duration } from "#envoy/duration.ts";
import { encodeResource } from "#envoy/encode.ts";
import { TrafficDirection as Direction } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import type { FilterChainSchema } from "#envoy/gen/envoy/config/listener/v3/listener_components_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { blackHoleCluster, clusterName, listenerName, passthroughCluster, virtualOutbound } from "#envoy/names.ts";
import { routeConfigurationName } from "#envoy/route-names.ts";
import { meshAlpn } from "#envoy/tls.ts";
import type { TcpProxyInit } from "#features/cluster-feature.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import type { MeshService, ServicePort } from "#model/service.ts";
import { httpConnectionManager, httpInspector, offerAlpn, tcpProxy } from "#translate/proxy/filters.ts";
import type { EncodedResource } from "#xds/resource.ts";

type FilterChainInit = Exclude<MessageInitShape<typeof FilterChainSchema>, { $typeName: string }>;
export type ListenerInit = Exclude<MessageInitShape<typeof ListenerSchema>, { $typeName: string }>;

/** How long a caller may take to show that it speaks HTTP, where nobody has said what a port carries. */
export const detectionTimeout = milliseconds(100);

const plainHttp = ["http/1.1", "h2c"];

/** Listeners that capture hands connections to, rather than ports of their own. */
function virtual(init: ListenerInit): ListenerInit {
  return { bindToPort: false, trafficDirection: Direction.OUTBOUND, ...init };
}

/**
 * Where all captured traffic arrives; it hands each connection to the listener of its destination, and keeps those
 * that have none.
 *
 * @writes envoy.config.listener.v3.Listener
 */
export function virtualOutboundListener(settings: MeshSettings): EncodedResource {
  const unknown = settings.outboundTraffic === "allow-any" ? passthroughCluster : blackHoleCluster;
  const init: ListenerInit = {
    name: virtualOutbound,
    address: socketAddress("0.0.0.0", 15001),
    trafficDirection: Direction.OUTBOUND,
    useOriginalDst: true,
    filterChains: [
      {
        // Whoever calls the capture port itself would go round in circles.
        name: "virtualOutbound-blackhole",
        filterChainMatch: { destinationPort: 15001 },
        filters: [tcpProxy("outbound", blackHoleCluster, settings)],
      },
      { name: "virtualOutbound-catchall-tcp", filters: [tcpProxy("outbound", unknown, settings)] },
    ],
  };
  return encodeResource(ListenerSchema, init, virtualOutbound);
}

/**
 * The HTTP services of a port, and whatever else goes to that port anywhere.
 *
 * What goes to an address of the mesh is HTTP, as its service says; of the rest, what looks like HTTP is routed by its
 * host, and what does not is passed on (or not, where only known destinations are allowed).
 */
export function httpPortListener(port: number, meshRanges: readonly string[], settings: MeshSettings): EncodedResource {
  const name = listenerName({ address: "0.0.0.0", port, transport: "tcp" });
  const routes = { rds: routeConfigurationName({ of: "port", port }) };
  const filters = [httpConnectionManager("outbound", `outbound_${name}`, routes, settings)];
  const unknown = settings.outboundTraffic === "allow-any" ? passthroughCluster : blackHoleCluster;
  const init = virtual({
    name,
    address: socketAddress("0.0.0.0", port),
    listenerFilters: [httpInspector],
    listenerFiltersTimeout: duration(detectionTimeout),
    continueOnListenerFiltersTimeout: true,
    filterChains: [
      { name: "mesh", filterChainMatch: { prefixRanges: meshRanges.map(cidr) }, filters },
      { name: "http", filterChainMatch: { applicationProtocols: plainHttp }, filters },
    ],
    defaultFilterChain: { name: "other", filters: [tcpProxy("outbound", unknown, settings)] },
  });
  return encodeResource(ListenerSchema, init, name);
}

/** What a listener does with its connections, wherever it listens. */
export type Way = Omit<ListenerInit, "name" | "address">;

/**
 * To a TCP port of one service: nothing is looked at, so whoever speaks first is heard at once.
 *
 * @param connections  what the traffic policy says of them
 */
export function tcpWay(
  service: MeshService,
  { port }: ServicePort,
  settings: MeshSettings,
  connections: Partial<TcpProxyInit>,
): Way {
  const cluster = clusterName({ direction: "outbound", port, subset: undefined, host: service.host });
  return { filterChains: [{ name: cluster, filters: [tcpProxy("outbound", cluster, settings, connections)] }] };
}

/** To an HTTP port of one service, by whatever host a request names. */
export function httpWay({ host }: MeshService, { port }: ServicePort, settings: MeshSettings): Way {
  const rds = routeConfigurationName({ of: "service", host, port });
  return {
    filterChains: [
      { name: "http", filters: [httpConnectionManager("outbound", `outbound_${rds}`, { rds }, settings)] },
    ],
  };
}

/** To a port of one service of which nobody said what it carries: HTTP if it looks like it, else untouched. */
export function detectingWay(
  service: MeshService,
  { port }: ServicePort,
  settings: MeshSettings,
  connections: Partial<TcpProxyInit>,
): Way {
  const cluster = clusterName({ direction: "outbound", port, subset: undefined, host: service.host });
  const rds = routeConfigurationName({ of: "service", host: service.host, port });
  const http: FilterChainInit = {
    name: "http",
    filterChainMatch: { applicationProtocols: plainHttp },
    filters: [httpConnectionManager("outbound", `outbound_${rds}`, { rds }, settings)],
  };
  return {
    listenerFilters: [httpInspector],
    listenerFiltersTimeout: duration(detectionTimeout),
    continueOnListenerFiltersTimeout: true,
    filterChains: [http],
    // The cluster is the one for HTTP as well, so the other side must be told that this is not.
    defaultFilterChain: {
      name: "tcp",
      filters: [offerAlpn(meshAlpn.offerTcp), tcpProxy("outbound", cluster, settings, connections)],
    },
  };
}

/** Listens at the address and port of a service for what was captured on its way there. */
export function capturedListener(address: string, port: number, init: Way): EncodedResource {
  return boundListener(address, port, virtual(init));
}

/** Listens at an address and port of this machine. */
export function boundListener(address: string, port: number, init: Way): EncodedResource {
  const name = listenerName({ address, port, transport: "tcp" });
  const place = { name, address: socketAddress(address, port), trafficDirection: Direction.OUTBOUND };
  return encodeResource(ListenerSchema, { ...place, ...init }, name);
}

function cidr(range: string): { addressPrefix: string; prefixLen: number } {
  const [addressPrefix = "", length] = range.split("/");
  return { addressPrefix, prefixLen: length === undefined ? (addressPrefix.includes(":") ? 128 : 32) : Number(length) };
}
