import type { MessageInitShape } from "@bufbuild/protobuf";
import { deterministicBytes } from "#envoy/deterministic.ts";
import { encodeResource } from "#envoy/encode.ts";
import { VirtualHostSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { type ClusterName, clusterName, virtualHostName } from "#envoy/names.ts";
import { type RouteConfigurationName, vhdsName } from "#envoy/route-names.ts";
import type { Destination } from "#features/destination/destination.ts";
import type { RouteInit } from "#features/route-feature.ts";
import { meshGateway, type Routing } from "#model/routing.ts";
import type { OutboundScope } from "#model/scope.ts";
import type { MeshService, ServicePort } from "#model/service.ts";
import { defaultRoute, routesAt } from "#translate/proxy/route.ts";
import type { EncodedResource } from "#xds/resource.ts";

export type VirtualHostInit = Exclude<MessageInitShape<typeof VirtualHostSchema>, { $typeName: string }>;

/** Finds what a destination means: needed for the port that it may leave out. */
export type ServiceLookup = (host: string) => MeshService | undefined;

/**
 * How a service is called through one of its HTTP ports by the sidecars of a scope. Callers whom none of the routing's
 * routes is for are routed as if there were no routing, as in Istio.
 *
 * @param domains  by which it is called there
 * @param routing  what an object says of the host, if any does
 * @writes envoy.config.route.v3.VirtualHost
 */
export function serviceVirtualHost(
  { host }: MeshService,
  { port }: ServicePort,
  domains: readonly string[],
  routing: Routing | undefined,
  scope: OutboundScope,
  lookup: ServiceLookup,
): VirtualHostInit {
  const routes = sidecarRoutes(routing, port, scope, lookup);
  const own = clusterName({ direction: "outbound", port, subset: undefined, host });
  return {
    name: virtualHostName({ host, port }),
    domains: [...domains],
    routes: routes.length > 0 ? routes : [defaultRoute(own)],
  };
}

/**
 * How a host that is no service is routed by the sidecars of a scope: by the routing that names it alone.
 * `undefined` where that has no route for them.
 *
 * @writes envoy.config.route.v3.VirtualHost
 */
export function routedVirtualHost(
  host: string,
  port: number,
  routing: Routing,
  scope: OutboundScope,
  lookup: ServiceLookup,
): VirtualHostInit | undefined {
  const routes = sidecarRoutes(routing, port, scope, lookup);
  return routes.length === 0
    ? undefined
    : { name: virtualHostName({ host, port }), domains: [bracketed(host)], routes };
}

function sidecarRoutes(
  routing: Routing | undefined,
  port: number,
  { namespace, labels }: OutboundScope,
  lookup: ServiceLookup,
): RouteInit[] {
  const site = { port, labels, namespace, gateway: meshGateway };
  return routesAt(routing?.http ?? [], site, {
    clusterOf: (destination) => destinationCluster(destination, port, lookup),
  });
}

/**
 * The cluster that a destination means when a port is called. A destination without a port is that of its service's
 * only one, or else the port that was called.
 */
export function destinationCluster(destination: Destination, called: number, lookup: ServiceLookup): ClusterName {
  const ports = lookup(destination.host)?.ports ?? [];
  const port = destination.port ?? (ports.length === 1 ? (ports[0]?.port ?? called) : called);
  return clusterName({ direction: "outbound", port, subset: destination.subset, host: destination.host });
}

/** The short names by which a namespace may call a service, as resolvers there complete them. */
export function shortNames({ shortName, namespace }: MeshService, caller: string): readonly string[] {
  if (shortName === undefined) return [];
  const names = [`${shortName}.${namespace}`, `${shortName}.${namespace}.svc`];
  return caller === namespace ? [...names, shortName] : names;
}

/** An address as it stands in an authority. */
export function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** A virtual host as it stands in a route configuration that has it inside. */
export function virtualHostBytes(init: VirtualHostInit): Uint8Array {
  return deterministicBytes(VirtualHostSchema, init);
}

/**
 * A virtual host as it travels by itself, to clients that take them one by one.
 *
 * It is called as its resource: Envoy looks for the virtual host that it is to remove by the resource's name.
 */
export function virtualHostResource(routes: RouteConfigurationName, init: VirtualHostInit): EncodedResource {
  const name = vhdsName(routes, init.name ?? "");
  return encodeResource(VirtualHostSchema, { ...init, name }, name);
}
