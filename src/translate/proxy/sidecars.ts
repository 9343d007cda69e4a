import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { LayerResource } from "#model/layer-resource.ts";
import { isHttp } from "#model/protocol.ts";
import type { OutboundScope } from "#model/scope.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { deriveSidecarListeners } from "#translate/proxy/sidecar-listeners.ts";
import { deriveSidecarRoutes } from "#translate/proxy/sidecar-routes.ts";

/** Listeners and routes by which sidecars send out the traffic that is captured for them. */
export function deriveSidecars(
  graph: Graph,
  mesh: MeshCollections,
  scopes: Collection<OutboundScope>,
): readonly Collection<LayerResource>[] {
  const sidecars = graph.derive("sidecar scopes", scopes, (scope) =>
    scope.kind === "sidecar" && scope.explicit === undefined ? [scope] : [],
  );
  const byHttpPort = graph.index(mesh.services, (service) =>
    service.ports.filter(({ protocol }) => isHttp(protocol)).map(({ port }) => String(port)),
  );
  const httpPorts = graph.groups("HTTP ports", byHttpPort);
  return [
    ...deriveSidecarListeners(graph, mesh, sidecars, httpPorts),
    ...deriveSidecarRoutes(graph, mesh, sidecars, httpPorts),
  ];
}
