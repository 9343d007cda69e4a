import { routeConfigurationName } from "#envoy/route-names.ts";
import { tcpProxyPart } from "#features/tcp-proxy-part.ts";
import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { Read } from "#graph/read.ts";
import { callingAddress, openPort } from "#host/explicit-capture.ts";
import { type LayerResource, layerResource, sameResource } from "#model/layer-resource.ts";
import { isHttp } from "#model/protocol.ts";
import type { OutboundScope } from "#model/scope.ts";
import type { MeshService, ServicePort } from "#model/service.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { routingFor } from "#translate/mesh/routing-for.ts";
import { httpProxyResources, httpProxyRoutes, tunnelled, unknownToProxy } from "#translate/proxy/http-proxy.ts";
import { boundListener, detectingWay, httpWay, tcpWay } from "#translate/proxy/outbound-listeners.ts";
import { ownerOf } from "#translate/proxy/owner.ts";
import { inlineRoutes } from "#translate/proxy/route-configuration.ts";
import { scopesByPolicy } from "#translate/proxy/scopes-by-policy.ts";
import { policyForPort } from "#translate/proxy/traffic-policy.ts";
import { serviceVirtualHost, shortNames, virtualHostBytes } from "#translate/proxy/virtual-host.ts";

type ExplicitScope = OutboundScope & { readonly explicit: number };

/** Listeners and routes by which workloads send their traffic out where nothing is captured: for each service, and for all HTTP. */
export function deriveExplicitSidecars(
  graph: Graph,
  mesh: MeshCollections,
  scopes: Collection<OutboundScope>,
): readonly Collection<LayerResource>[] {
  const sidecars = graph.derive("explicit scopes", scopes, (scope) => (isExplicit(scope) ? [scope] : []));
  const lookupBy = (read: Read) => (host: string) => read.one(mesh.services, host);
  const virtualHost = (
    service: MeshService,
    port: ServicePort,
    domains: readonly string[],
    scope: OutboundScope,
    read: Read,
  ) => serviceVirtualHost(service, port, domains, routingFor(service.host, mesh, read), scope, lookupBy(read));

  // Two services may say that they have the same address; what goes there can be only one's.
  const byPlace = graph.index(mesh.services, (service) => placesOf(service).keys());
  const listeners = graph.derive(
    "explicit listeners of services",
    mesh.services,
    function* (service, read) {
      const settings = mesh.settingsOf(read);
      for (const [place, { address, port }] of placesOf(service)) {
        if (ownerOf(read.where(byPlace, place)) !== service) continue;
        const wayTo = isHttp(port.protocol) ? httpWay : port.protocol === "auto" ? detectingWay : tcpWay;
        for (const [policy, alike] of scopesByPolicy(service, sidecars, mesh, read)) {
          const connections = tcpProxyPart(policyForPort(policy?.policy, undefined, port.port));
          const way = wayTo(service, port, settings, connections);
          for (const scope of alike.filter(isExplicit)) {
            const called = callingAddress(address, scope.explicit);
            if (called !== undefined) yield layerResource(scope.key, boundListener(called, openPort(port.port), way));
          }
        }
      }
    },
    { equal: sameResource },
  );
  const ofServices = graph.derive(
    "explicit routes of services",
    mesh.services,
    function* (service, read) {
      for (const port of service.ports.filter(({ protocol }) => protocol !== "tcp")) {
        const name = routeConfigurationName({ of: "service", host: service.host, port: port.port });
        for (const scope of read.all(sidecars)) {
          // By whatever name it is called, it was called at the address of this service.
          const routes = [virtualHostBytes(virtualHost(service, port, ["*"], scope, read))];
          yield layerResource(scope.key, inlineRoutes(name, routes, []));
        }
      }
    },
    { equal: sameResource },
  );

  const proxies = graph.derive(
    "HTTP proxies",
    sidecars,
    ({ key, explicit }, read) =>
      httpProxyResources(explicit, mesh.settingsOf(read)).map((resource) => layerResource(key, resource)),
    { equal: sameResource },
  );
  const ofProxies = graph.derive(
    "routes of HTTP proxies",
    sidecars,
    (scope, read) => {
      const called = [...read.all(mesh.services)].flatMap((service) =>
        service.ports.filter(({ protocol }) => protocol !== "tcp").map((port) => ({ service, port })),
      );
      const virtualHosts = authoritiesOf(called, scope.namespace).map(({ service, port, domains }) =>
        virtualHostBytes(tunnelled(virtualHost(service, port, domains, scope, read))),
      );
      const unknown = unknownToProxy(mesh.settingsOf(read));
      return [layerResource(scope.key, inlineRoutes(httpProxyRoutes, virtualHosts, [unknown], "by port"))];
    },
    { equal: sameResource },
  );
  return [listeners, ofServices, proxies, ofProxies];
}

function isExplicit(scope: OutboundScope): scope is ExplicitScope {
  return scope.kind === "sidecar" && scope.explicit !== undefined;
}

/** The addresses and ports at which a service is listened for, each once. */
function placesOf({ addresses, ports }: MeshService): ReadonlyMap<string, { address: string; port: ServicePort }> {
  const places = new Map<string, { address: string; port: ServicePort }>();
  for (const port of ports) {
    for (const address of addresses) {
      const place = `${address} ${openPort(port.port)}`;
      if (!places.has(place)) places.set(place, { address, port });
    }
  }
  return places;
}

interface Called {
  readonly service: MeshService;
  readonly port: ServicePort;
}

/**
 * The authorities by which a namespace calls services through an HTTP proxy. Envoy refuses routes where two virtual hosts have one:
 * it is the service's whose whole name it is, before one's whose short name it is.
 */
function authoritiesOf(
  called: readonly Called[],
  caller: string,
): readonly (Called & { domains: readonly string[] })[] {
  const owners = new Map<string, Called>();
  const claim = (name: string, one: Called) => {
    const { port } = one.port;
    for (const domain of port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]) {
      if (!owners.has(domain)) owners.set(domain, one);
    }
  };
  for (const one of called) claim(one.service.host, one);
  for (const one of called) for (const name of shortNames(one.service, caller)) claim(name, one);
  const domains = Map.groupBy(owners.keys(), (domain) => owners.get(domain) as Called);
  return [...domains].map(([one, own]) => ({ ...one, domains: own }));
}
