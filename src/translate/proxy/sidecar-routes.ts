import { serviceHost } from "#api/hosts.ts";
import { routeConfigurationName } from "#envoy/route-names.ts";
import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { Group } from "#graph/group.ts";
import type { Read } from "#graph/read.ts";
import { type LayerResource, layerResource, sameResource } from "#model/layer-resource.ts";
import { isHttp } from "#model/protocol.ts";
import type { OutboundScope } from "#model/scope.ts";
import type { MeshService } from "#model/service.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { routingFor } from "#translate/mesh/routing-for.ts";
import { ownerOf } from "#translate/proxy/owner.ts";
import { inlineRoutes, unknownHosts, vhdsRoutes } from "#translate/proxy/route-configuration.ts";
import {
  bracketed,
  routedVirtualHost,
  serviceVirtualHost,
  shortNames,
  virtualHostBytes,
  virtualHostResource,
} from "#translate/proxy/virtual-host.ts";

/** Where requests to hosts that only a routing names are routed, as in Istio. */
const defaultHttpPort = 80;

/**
 * Routes by which sidecars send HTTP out.
 *
 * @param httpPorts  on which any service is called by HTTP
 */
export function deriveSidecarRoutes(
  graph: Graph,
  mesh: MeshCollections,
  sidecars: Collection<OutboundScope>,
  httpPorts: Collection<Group>,
): readonly Collection<LayerResource>[] {
  const lookupBy = (read: Read) => (host: string) => read.one(mesh.services, host);
  const routingOf = (host: string, read: Read) => routingFor(host, mesh, read);

  // Envoy refuses a route configuration in which two virtual hosts have one domain, so each has one owner: the service
  // whose whole name it is, before one whose short name it is; of two with one address, as {@link ownerOf} says.
  const byAddress = graph.index(mesh.services, ({ ports, addresses }) =>
    httpPortsOf(ports).flatMap((port) => addresses.map((address) => `${address} ${port}`)),
  );
  const domainsOf = (service: MeshService, port: number, caller: string, read: Read): readonly string[] => {
    const names = shortNames(service, caller).filter((name) => {
      const other = read.one(mesh.services, name);
      return other === undefined || !httpPortsOf(other.ports).includes(port);
    });
    const own = service.addresses.filter((address) => {
      return !address.includes("/") && ownerOf(read.where(byAddress, `${address} ${port}`)) === service;
    });
    return [service.host, ...names, ...own.map(bracketed)];
  };

  const ofServices = graph.derive(
    "virtual hosts of services",
    mesh.services,
    function* (service, read) {
      const ports = service.ports.filter(({ protocol }) => isHttp(protocol));
      if (ports.length === 0) return;
      const routing = routingOf(service.host, read);
      for (const port of ports) {
        const routes = routeConfigurationName({ of: "port", port: port.port });
        for (const scope of read.all(sidecars)) {
          const domains = domainsOf(service, port.port, scope.namespace, read);
          const virtualHost = serviceVirtualHost(service, port, domains, routing, scope, lookupBy(read));
          yield layerResource(scope.key, virtualHostResource(routes, virtualHost));
        }
      }
    },
    { equal: sameResource },
  );
  const ofRoutings = graph.derive(
    "virtual hosts of other hosts",
    graph.groups("hosts of routings", mesh.routingsByHost),
    function* ({ key: host }, read) {
      if (host === "*" || isOfService(host, lookupBy(read))) return;
      const [routing] = mesh.routingsOf(host, read);
      if (routing === undefined || read.one(httpPorts, String(defaultHttpPort)) === undefined) return;
      const routes = routeConfigurationName({ of: "port", port: defaultHttpPort });
      for (const scope of read.all(sidecars)) {
        const virtualHost = routedVirtualHost(host, defaultHttpPort, routing, scope, lookupBy(read));
        if (virtualHost !== undefined) yield layerResource(scope.key, virtualHostResource(routes, virtualHost));
      }
    },
    { equal: sameResource },
  );
  // One collection: a host that becomes a service keeps its virtual host's name.
  const virtualHosts = graph.union("virtual hosts", ofServices, ofRoutings);

  const detected = graph.derive(
    "routes of detected HTTP",
    mesh.services,
    function* (service: MeshService, read: Read) {
      const ports = service.ports.filter(({ protocol }) => protocol === "auto");
      if (ports.length === 0) return;
      const routing = routingOf(service.host, read);
      for (const port of ports) {
        const name = routeConfigurationName({ of: "service", host: service.host, port: port.port });
        for (const scope of read.all(sidecars)) {
          const virtualHost = serviceVirtualHost(service, port, ["*"], routing, scope, lookupBy(read));
          yield layerResource(scope.key, inlineRoutes(name, [virtualHostBytes(virtualHost)], []));
        }
      }
    },
    { equal: sameResource },
  );

  const byRoutes = graph.index(virtualHosts, ({ layer, resource }) => [routesKey(layer, resource.name)]);
  const ofPorts = graph.derive(
    "routes of HTTP ports",
    httpPorts,
    function* ({ key }, read) {
      const name = routeConfigurationName({ of: "port", port: Number(key) });
      const fallback = [unknownHosts(mesh.settingsOf(read))];
      for (const { key: layer, vhds } of read.all(sidecars)) {
        if (vhds) {
          yield layerResource(layer, vhdsRoutes(name, fallback));
        } else {
          const bodies = read.where(byRoutes, routesKey(layer, `${name}/`)).map(({ resource }) => resource.body);
          yield layerResource(layer, inlineRoutes(name, bodies, fallback));
        }
      }
    },
    { equal: sameResource },
  );
  return [ofPorts, detected, virtualHosts];
}

function httpPortsOf(ports: MeshService["ports"]): readonly number[] {
  return ports.filter(({ protocol }) => isHttp(protocol)).map(({ port }) => port);
}

/** Whether a host is a service's, or what callers of some namespace call one by. */
function isOfService(host: string, lookup: (host: string) => MeshService | undefined): boolean {
  if (lookup(host) !== undefined) return true;
  const [name = "", namespace = "", ...rest] = host.split(".");
  const isShort = rest.length === 0 || (rest.length === 1 && rest[0] === "svc");
  return isShort && lookup(serviceHost(name, namespace)) !== undefined;
}

/** Virtual hosts are named `ROUTES/AUTHORITY`; those of one route configuration and layer are found by this. */
export function routesKey(layer: string, virtualHost: string): string {
  return `${layer} ${virtualHost.slice(0, virtualHost.indexOf("/"))}`;
}
