import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { Read } from "#graph/read.ts";
import type { MeshGateway } from "#model/gateway.ts";
import { selects } from "#model/labels.ts";
import { type LayerResource, layerResource, sameResource } from "#model/layer-resource.ts";
import type { OutboundScope } from "#model/scope.ts";
import { anyProxy, type MeshCollections } from "#translate/mesh/collections.ts";
import { hostsAt } from "#translate/mesh/gateways.ts";
import {
  type GatewayHost,
  type GatewayPort,
  gatewayListener,
  gatewayRoutes,
  gatewayVirtualHost,
} from "#translate/proxy/gateway.ts";
import { inlineRoutes, vhdsRoutes } from "#translate/proxy/route-configuration.ts";
import { routesKey } from "#translate/proxy/sidecar-routes.ts";
import { virtualHostResource } from "#translate/proxy/virtual-host.ts";

/** Listeners and routes of the proxies that let traffic into the mesh. */
export function deriveGateways(
  graph: Graph,
  mesh: MeshCollections,
  scopes: Collection<OutboundScope>,
): readonly Collection<LayerResource>[] {
  const gatewayScopes = graph.derive("gateway scopes", scopes, (scope) => (scope.kind === "gateway" ? [scope] : []));
  const carriedOut = ({ labels }: OutboundScope, read: Read): MeshGateway[] =>
    [anyProxy, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)]
      .flatMap((value) => read.where(mesh.gatewaysBySelector, value))
      .filter(({ selector }) => selects(selector, labels));

  const listeners = graph.derive(
    "gateway listeners",
    gatewayScopes,
    (scope, read) =>
      portsOf(carriedOut(scope, read)).map((at) =>
        layerResource(scope.key, gatewayListener(at, mesh.settingsOf(read), scope.explicit)),
      ),
    { equal: sameResource },
  );

  // Which host leads to which routings is cheap to find anew; what comes of it is then made host by host.
  const hosts = graph.derive("gateway hosts", gatewayScopes, function* (scope, read): Iterable<GatewayHost> {
    const found = new Map<string, GatewayHost & { bound: { gateway: string; routing: string }[] }>();
    for (const gateway of carriedOut(scope, read)) {
      for (const server of gateway.servers) {
        for (const routing of read.where(mesh.routingsByGateway, gateway.key)) {
          for (const host of hostsAt(server, routing)) {
            const at = { port: server.port, bind: server.bind };
            const key = `${scope.key} ${gatewayRoutes(at)} ${host}`;
            const { httpsRedirect } = server;
            const entry = found.get(key) ?? { key, scope: scope.key, at, host, httpsRedirect, bound: [] };
            if (!entry.bound.some((bound) => bound.routing === routing.key)) {
              entry.bound.push({ gateway: gateway.key, routing: routing.key });
            }
            found.set(key, entry);
          }
        }
      }
    }
    yield* found.values();
  });
  const virtualHosts = graph.derive(
    "gateway virtual hosts",
    hosts,
    (host, read) => {
      const scope = read.one(scopes, host.scope);
      if (scope === undefined) return [];
      const routings = host.bound.flatMap(({ gateway, routing: key }) => {
        const routing = read.one(mesh.routings, key);
        return routing === undefined ? [] : [{ gateway, routing }];
      });
      const lookup = (name: string) => read.one(mesh.services, name);
      const virtualHost = gatewayVirtualHost(host, routings, scope, lookup);
      return [layerResource(host.scope, virtualHostResource(gatewayRoutes(host.at), virtualHost))];
    },
    { equal: sameResource },
  );

  const byRoutes = graph.index(virtualHosts, ({ layer, resource }) => [routesKey(layer, resource.name)]);
  const routes = graph.derive(
    "gateway routes",
    gatewayScopes,
    (scope, read) =>
      portsOf(carriedOut(scope, read)).map((at) => {
        const name = gatewayRoutes(at);
        if (scope.vhds) return layerResource(scope.key, vhdsRoutes(name, []));
        const bodies = read.where(byRoutes, routesKey(scope.key, `${name}/`)).map(({ resource }) => resource.body);
        return layerResource(scope.key, inlineRoutes(name, bodies, []));
      }),
    { equal: sameResource },
  );
  return [listeners, routes, virtualHosts];
}

/** Each port once, however many servers share it. */
function portsOf(gateways: readonly MeshGateway[]): GatewayPort[] {
  const ports = new Map<string, GatewayPort>();
  for (const { servers } of gateways) {
    for (const { port, bind } of servers) ports.set(`${bind ?? ""} ${port}`, { port, bind });
  }
  return [...ports.values()];
}
