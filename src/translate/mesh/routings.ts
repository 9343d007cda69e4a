import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { fullHost, gatewayKey } from "#api/hosts.ts";
import type { VirtualServiceObject } from "#api/objects.ts";
import type { Destination } from "#features/destination/destination.ts";
import { destinationsOf } from "#features/destination/from-virtual-service.ts";
import { fromVirtualService as directResponseOf } from "#features/direct-response/from-virtual-service.ts";
import { fromVirtualService as matchOf } from "#features/match/from-virtual-service.ts";
import { fromVirtualService as redirectOf } from "#features/redirect/from-virtual-service.ts";
import type { RouteFeature, RouteSource } from "#features/route-feature.ts";
import { type RoutePolicies, routeFeatures } from "#features/route-features.ts";
import { type HttpRoute, meshGateway, type RouteAction, type Routing } from "#model/routing.ts";

/**
 * @reads networking.istio.io/v1 VirtualService spec.hosts
 * @reads networking.istio.io/v1 VirtualService spec.gateways
 * @reads networking.istio.io/v1 VirtualService spec.http[].name
 */
export function* routingOf(object: VirtualServiceObject): Iterable<Routing> {
  const { key, metadata, spec } = object;
  const source = routeSource(metadata.namespace);
  const keyOf = gatewaysIn(metadata.namespace);
  yield {
    key,
    namespace: metadata.namespace,
    ...placesOf(object),
    http: spec.http.flatMap((http) => httpRoute(http, source, keyOf)),
    createdAt: metadata.creationTimestamp ?? "",
  };
}

/** Which hosts a routing is for, and at which gateways. */
export function placesOf({ metadata: { namespace }, spec }: VirtualServiceObject): Pick<Routing, "hosts" | "gateways"> {
  return {
    hosts: spec.hosts.map(routeSource(namespace).resolveHost),
    gateways: spec.gateways.length === 0 ? [meshGateway] : spec.gateways.map(gatewaysIn(namespace)),
  };
}

/** How an object of a namespace means its gateways. */
function gatewaysIn(namespace: string): (gateway: string) => string {
  return (gateway) => (gateway === meshGateway ? meshGateway : gatewayKey(gateway, namespace));
}

/** How an object of a namespace means its hosts. */
export function routeSource(namespace: string): RouteSource {
  return { namespace, resolveHost: (host) => fullHost(host, namespace) };
}

function httpRoute(http: HTTPRoute, source: RouteSource, keyOf: (gateway: string) => string): HttpRoute[] {
  const action = actionOf(http, source);
  if (action === undefined) return [];
  return [
    {
      name: http.name || undefined,
      matches: http.match.map((match) => matchOf(match, keyOf)),
      action,
      policies: policiesOf(http, source),
    },
  ];
}

function actionOf(http: HTTPRoute, source: RouteSource): RouteAction | undefined {
  if (http.redirect !== undefined) return { is: "redirect", redirect: redirectOf(http.redirect) };
  if (http.directResponse !== undefined) return { is: "respond", response: directResponseOf(http.directResponse) };
  const to = destinationsOf(http.route, source);
  return to.length === 0 ? undefined : { is: "forward", to };
}

function policiesOf(http: HTTPRoute, source: RouteSource): RoutePolicies {
  const policies: Record<string, unknown> = {};
  for (const [name, feature] of Object.entries(routeFeatures) as [string, RouteFeature<unknown>][]) {
    policies[name] = feature.fromVirtualService(http, source);
  }
  return policies as RoutePolicies;
}

/** A route leads to a subset that is not there (yet, or any more). */
export class MissingSubset extends Error {
  override readonly name = "MissingSubset";

  constructor(host: string, subset: string) {
    super(`${host} has no subset ${subset}`);
  }
}

/** Everywhere that a routing's requests may go. */
export function destinationsIn({ http }: Routing): readonly Destination[] {
  return http.flatMap(({ action }) => (action.is === "forward" ? action.to.map(({ destination }) => destination) : []));
}
