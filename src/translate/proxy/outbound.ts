import type { Collection } from "#graph/collection.ts";
import type { Graph } from "#graph/graph.ts";
import type { Read } from "#graph/read.ts";
import type { DestinationPolicy, Subset } from "#model/destination-policy.ts";
import type { ServiceEndpoints } from "#model/endpoint.ts";
import { type LayerResource, layerResource, sameResource } from "#model/layer-resource.ts";
import type { OutboundScope } from "#model/scope.ts";
import type { MeshService } from "#model/service.ts";
import type { MeshCollections } from "#translate/mesh/collections.ts";
import { outboundCluster } from "#translate/proxy/cluster.ts";
import { clusterEndpoints, loadAssignment } from "#translate/proxy/load-assignment.ts";
import { scopesByPolicy } from "#translate/proxy/scopes-by-policy.ts";
import { blackHole, forwardProxy, passthrough } from "#translate/proxy/special-clusters.ts";
import { policyForPort } from "#translate/proxy/traffic-policy.ts";
import type { EncodedResource } from "#xds/resource.ts";

/**
 * Clusters and endpoints by which services are called, for each scope. What is the same for several scopes is made
 * and encoded once.
 */
export function deriveOutbound(
  graph: Graph,
  mesh: MeshCollections,
  scopes: Collection<OutboundScope>,
): readonly Collection<LayerResource>[] {
  const endpointsOf = ({ host }: MeshService, read: Read): ServiceEndpoints =>
    read.one(mesh.endpoints, host) ?? { key: host, endpoints: [] };

  const routedSubsets = ({ host }: MeshService, read: Read): readonly Subset[] =>
    read.where(mesh.routedSubsetsByHost, host).map(({ subset }) => subset);

  const clusters = graph.derive(
    "clusters",
    mesh.services,
    function* (service, read) {
      const identities = read.one(mesh.identities, service.host)?.ids ?? [];
      const { trustDomain } = mesh.settingsOf(read);
      const found = service.resolution === "dns" ? endpointsOf(service, read) : undefined;
      const routed = routedSubsets(service, read);
      for (const [policy, alike] of scopesByPolicy(service, scopes, mesh, read)) {
        yield* forEach(alike, eachTarget(service, policy, routed), (port, subset) => {
          const endpoints = found === undefined ? [] : clusterEndpoints(found, port.port, subset);
          const merged = policyForPort(policy?.policy, subset?.policy, port.port);
          return outboundCluster(service, port, subset?.name, merged, { identities, trustDomain, endpoints });
        });
      }
    },
    { equal: sameResource },
  );

  const endpoints = graph.derive(
    "load assignments",
    mesh.services,
    function* (service, read) {
      if (service.resolution !== "mesh") return;
      const found = endpointsOf(service, read);
      const routed = routedSubsets(service, read);
      for (const [policy, alike] of scopesByPolicy(service, scopes, mesh, read)) {
        const targets = eachTarget(service, policy, routed);
        yield* forEach(alike, targets, (port, subset) => loadAssignment(found, port.port, subset));
      }
    },
    { equal: sameResource },
  );

  const special = graph.derive(
    "special clusters",
    scopes,
    ({ key, explicit }) => {
      // Nothing was on its way anywhere where nothing is captured: whom to call is in the request.
      const onward = explicit === undefined ? passthrough : forwardProxy;
      return [blackHole, onward].map((resource) => layerResource(key, resource));
    },
    { equal: sameResource },
  );
  return [clusters, endpoints, special];
}

/**
 * Each port of a service by itself and with each subset of it.
 *
 * @param routed  subsets that are to be there whether the policy has them or not
 */
function* eachTarget(service: MeshService, policy: DestinationPolicy | undefined, routed: readonly Subset[]) {
  const own = policy?.subsets ?? [];
  const others = routed.filter(({ name }) => !own.some((subset) => subset.name === name));
  for (const port of service.ports) {
    yield [port, undefined] as const;
    for (const subset of [...own, ...others]) yield [port, subset] as const;
  }
}

function* forEach<Port>(
  scopes: readonly OutboundScope[],
  targets: Iterable<readonly [Port, Subset | undefined]>,
  make: (port: Port, subset: Subset | undefined) => EncodedResource,
): Iterable<LayerResource> {
  for (const [port, subset] of targets) {
    const resource = make(port, subset);
    for (const { key } of scopes) yield layerResource(key, resource);
  }
}
