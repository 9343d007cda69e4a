import { remembering } from "#base/remembering.ts";
import type { WorkloadMtls } from "#features/peer-authentication/modes.ts";
import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { Read } from "#graph/read.ts";
import { selects } from "#model/labels.ts";
import { type LayerResource, layerResource, sameResource } from "#model/layer-resource.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import type { InboundScope } from "#model/scope.ts";
import type { Workload } from "#model/workload.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { labelValue, portAt } from "#translate/mesh/endpoints.ts";
import {
  explicitInboundCluster,
  explicitInboundListener,
  type InboundPort,
  inboundCluster,
  passthroughToApplication,
  virtualInboundListener,
} from "#translate/proxy/inbound.ts";
import type { EncodedResource } from "#xds/resource.ts";

/** What is listened on, and where it leads: made once for all workloads that are alike in this. */
const inboundResources = remembering(
  64,
  (ports: readonly InboundPort[], mtls: WorkloadMtls, settings: MeshSettings): readonly EncodedResource[] => [
    virtualInboundListener(ports, mtls, settings),
    ...ports.map(inboundCluster),
    passthroughToApplication(),
  ],
);

/** The same for a workload at a place where nothing is captured. */
function explicitResources(
  ports: readonly InboundPort[],
  mtls: WorkloadMtls,
  settings: MeshSettings,
  place: number,
): readonly EncodedResource[] {
  return ports.flatMap((port) => [
    explicitInboundListener(port, mtls, settings, place),
    explicitInboundCluster(port, place),
  ]);
}

/** The way in to workloads: the same for all replicas of one. */
export function deriveInbound(
  graph: Graph,
  mesh: MeshCollections,
  scopes: Collection<InboundScope>,
): Collection<LayerResource> {
  /** One of the replicas, for the ports that all of them name alike. */
  const replica = ({ namespace, labels }: InboundScope, read: Read): Workload | undefined =>
    Object.entries(labels)
      .slice(0, 1)
      .flatMap(([name, value]) => read.where(mesh.workloadsByLabel, labelValue(namespace, name, value)))
      .find((workload) => selects(labels, workload.labels));

  const portsOf = (scope: InboundScope, own: Workload | undefined, read: Read): InboundPort[] => {
    const ports = new Map<number, InboundPort>();
    const candidates = Object.entries(scope.labels).flatMap(([name, value]) =>
      read.where(mesh.servicesBySelector, labelValue(scope.namespace, name, value)),
    );
    for (const service of candidates) {
      if (service.selector === undefined || !selects(service.selector, scope.labels)) continue;
      for (const servicePort of service.ports) {
        const port = portAt(servicePort, own?.ports ?? {});
        const protocol = servicePort.protocol;
        // Of two services that differ on one port, the one that is sure of its protocol counts.
        const known = ports.get(port);
        if (known === undefined || known.protocol === "auto") ports.set(port, { port, protocol });
      }
    }
    return [...ports.values()].sort((a, b) => a.port - b.port);
  };

  return graph.derive(
    "inbound",
    scopes,
    (scope, read) => {
      const ports = portsOf(scope, replica(scope, read), read);
      const mtls = { ...mesh.mtlsFor(scope, read), key: "any" };
      // Most workloads have the same ports under the same policy, and listeners are large.
      const settings = mesh.settingsOf(read);
      const resources =
        scope.explicit === undefined
          ? inboundResources(ports, mtls, settings)
          : explicitResources(ports, mtls, settings, scope.explicit);
      return resources.map((resource) => layerResource(scope.key, resource));
    },
    { equal: sameResource },
  );
}
