import { routeConfigurationName } from "#envoy/route-names.ts";
import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { Read } from "#graph/read.ts";
import { type LayerResource, layerResource, sameResource } from "#model/layer-resource.ts";
import { isHttp } from "#model/protocol.ts";
import type { Routing } from "#model/routing.ts";
import type { OutboundScope } from "#model/scope.ts";
import type { MeshService } from "#model/service.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { hostsThatCover } from "#translate/mesh/destination-policies.ts";
import {
  detectingListener,
  httpPortListener,
  tcpListener,
  virtualOutboundListener,
} from "#translate/proxy/outbound-listeners.ts";
import { inlineRoutes, unknownHosts, vhdsRoutes } from "#translate/proxy/route-configuration.ts";
import { serviceVirtualHost, virtualHostResource } from "#translate/proxy/virtual-host.ts";

/** Listeners and routes by which sidecars send their workloads' traffic out. */
export function deriveSidecars(
  graph: Graph,
  mesh: MeshCollections,
  scopes: Collection<OutboundScope>,
): readonly Collection<LayerResource>[] {
  const sidecars = graph.derive("sidecar scopes", scopes, (scope) => (scope.kind === "sidecar" ? [scope] : []));
  const byHttpPort = graph.index(mesh.services, (service) =>
    service.ports.filter(({ protocol }) => isHttp(protocol)).map(({ port }) => String(port)),
  );
  const httpPorts = graph.groups("HTTP ports", byHttpPort);

  const captured = graph.derive(
    "virtual outbound listeners",
    sidecars,
    ({ key }, read) => [layerResource(key, virtualOutboundListener(mesh.settingsOf(read)))],
    { equal: sameResource },
  );
  const portListeners = graph.derive(
    "listeners of HTTP ports",
    httpPorts,
    ({ key: port }, read) => {
      const settings = mesh.settingsOf(read);
      const listener = httpPortListener(Number(port), [settings.virtualAddresses], settings);
      return read.all(sidecars).map(({ key }) => layerResource(key, listener));
    },
    { equal: sameResource },
  );
  const serviceListeners = graph.derive(
    "listeners of services",
    mesh.services,
    function* (service, read) {
      const settings = mesh.settingsOf(read);
      for (const port of service.ports.filter(({ protocol }) => !isHttp(protocol))) {
        const listenerOf = port.protocol === "auto" ? detectingListener : tcpListener;
        for (const address of service.addresses) {
          const listener = listenerOf(service, port, address, settings);
          for (const { key } of read.all(sidecars)) yield layerResource(key, listener);
        }
      }
    },
    { equal: sameResource },
  );

  /** What says how a host is routed: of the most specific that name it, the oldest. */
  const routingOf = (host: string, read: Read): Routing | undefined => {
    for (const covering of hostsThatCover(host)) {
      const [first] = mesh.routingsOf(covering, read);
      if (first !== undefined) return first;
    }
    return undefined;
  };
  const virtualHosts = graph.derive(
    "virtual hosts",
    mesh.services,
    function* (service, read) {
      const ports = service.ports.filter(({ protocol }) => isHttp(protocol));
      if (ports.length === 0) return;
      const routing = routingOf(service.host, read);
      const lookup = (host: string) => read.one(mesh.services, host);
      for (const port of ports) {
        const routes = routeConfigurationName({ of: "port", port: port.port });
        for (const scope of read.all(sidecars)) {
          const virtualHost = serviceVirtualHost(service, port, routing, scope, lookup);
          yield layerResource(scope.key, virtualHostResource(routes, virtualHost));
        }
      }
    },
    { equal: sameResource },
  );
  const detectedRoutes = graph.derive(
    "routes of detected HTTP",
    mesh.services,
    function* (service: MeshService, read: Read) {
      const ports = service.ports.filter(({ protocol }) => protocol === "auto");
      if (ports.length === 0) return;
      const routing = routingOf(service.host, read);
      const lookup = (host: string) => read.one(mesh.services, host);
      for (const port of ports) {
        const name = routeConfigurationName({ of: "service", host: service.host, port: port.port });
        for (const scope of read.all(sidecars)) {
          const virtualHost = { ...serviceVirtualHost(service, port, routing, scope, lookup), domains: ["*"] };
          yield layerResource(scope.key, inlineRoutes(name, [virtualHostResource(name, virtualHost).body], []));
        }
      }
    },
    { equal: sameResource },
  );

  const virtualHostsByRoutes = graph.index(virtualHosts, ({ layer, resource }) => [routesKey(layer, resource.name)]);
  const portRoutes = graph.derive(
    "routes of HTTP ports",
    httpPorts,
    function* ({ key }, read) {
      const name = routeConfigurationName({ of: "port", port: Number(key) });
      const fallback = [unknownHosts(mesh.settingsOf(read))];
      for (const { key: layer, vhds } of read.all(sidecars)) {
        if (vhds) {
          yield layerResource(layer, vhdsRoutes(name, fallback));
        } else {
          const bodies = read
            .where(virtualHostsByRoutes, routesKey(layer, `${name}/`))
            .map(({ resource }) => resource.body);
          yield layerResource(layer, inlineRoutes(name, bodies, fallback));
        }
      }
    },
    { equal: sameResource },
  );
  return [captured, portListeners, serviceListeners, portRoutes, detectedRoutes, virtualHosts];
}

/** Virtual hosts are named `ROUTES/AUTHORITY`; those of one route configuration and layer are found by this. */
export function routesKey(layer: string, virtualHost: string): string {
  return `${layer} ${virtualHost.slice(0, virtualHost.indexOf("/"))}`;
}
