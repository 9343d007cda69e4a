import { tcpProxyPart } from "#features/tcp-proxy-part.ts";
import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { Group } from "#graph/group.ts";
import { type LayerResource, layerResource, sameResource } from "#model/layer-resource.ts";
import { isHttp } from "#model/protocol.ts";
import type { OutboundScope } from "#model/scope.ts";
import type { MeshService } from "#model/service.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import {
  capturedListener,
  detectingWay,
  httpPortListener,
  tcpWay,
  virtualOutboundListener,
} from "#translate/proxy/outbound-listeners.ts";
import { ownerOf } from "#translate/proxy/owner.ts";
import { scopesByPolicy } from "#translate/proxy/scopes-by-policy.ts";
import { policyForPort } from "#translate/proxy/traffic-policy.ts";

/**
 * Listeners by which sidecars take their workloads' traffic.
 *
 * @param httpPorts  on which any service is called by HTTP
 */
export function deriveSidecarListeners(
  graph: Graph,
  mesh: MeshCollections,
  sidecars: Collection<OutboundScope>,
  httpPorts: Collection<Group>,
): readonly Collection<LayerResource>[] {
  const captured = graph.derive(
    "virtual outbound listeners",
    sidecars,
    ({ key }, read) => [layerResource(key, virtualOutboundListener(mesh.settingsOf(read)))],
    { equal: sameResource },
  );
  const ofPorts = graph.derive(
    "listeners of HTTP ports",
    httpPorts,
    ({ key: port }, read) => {
      const settings = mesh.settingsOf(read);
      const listener = httpPortListener(Number(port), [settings.virtualAddresses], settings);
      return read.all(sidecars).map(({ key }) => layerResource(key, listener));
    },
    { equal: sameResource },
  );

  // Two services may say that they have the same address; what goes there can be only one's.
  const byPlace = graph.index(mesh.services, (service) => [...placesOf(service)].map(({ place }) => place));
  const ofServices = graph.derive(
    "listeners of services",
    mesh.services,
    function* (service, read) {
      const settings = mesh.settingsOf(read);
      for (const { port, address, place } of placesOf(service)) {
        if (ownerOf(read.where(byPlace, place)) !== service) continue;
        const wayTo = port.protocol === "auto" ? detectingWay : tcpWay;
        for (const [policy, alike] of scopesByPolicy(service, sidecars, mesh, read)) {
          const connections = tcpProxyPart(policyForPort(policy?.policy, undefined, port.port));
          const listener = capturedListener(address, port.port, wayTo(service, port, settings, connections));
          for (const { key } of alike) yield layerResource(key, listener);
        }
      }
    },
    { equal: sameResource },
  );
  return [captured, ofPorts, ofServices];
}

/** The addresses and ports at which a service is called by anything else than HTTP. A range is no place to listen at. */
function* placesOf({ ports, addresses }: MeshService) {
  for (const port of ports.filter(({ protocol }) => !isHttp(protocol))) {
    for (const address of new Set(addresses)) {
      if (!address.includes("/")) yield { port, address, place: `${address} ${port.port}` };
    }
  }
}
