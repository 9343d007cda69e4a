import type { Collection, Keyed } from "#graph/collection.ts";
import { createGraph, type Graph } from "#graph/graph.ts";
import type { LayerResource } from "#model/layer-resource.ts";
import type { ConnectedProxy } from "#model/proxy.ts";
import { createInputs, type Inputs } from "#translate/inputs.ts";
import { deriveMesh, type MeshCollections } from "#translate/mesh/collections.ts";
import { deriveFindings, type ObjectFindings } from "#translate/mesh/findings.ts";
import { inboundScope, outboundScope, type ProxyScopes, scopesOf } from "#translate/mesh/scopes.ts";
import { deriveExplicitSidecars } from "#translate/proxy/explicit-sidecars.ts";
import { deriveGateways } from "#translate/proxy/gateways.ts";
import { deriveInbound } from "#translate/proxy/inbound-layers.ts";
import { deriveOutbound } from "#translate/proxy/outbound.ts";
import { deriveSidecars } from "#translate/proxy/sidecars.ts";
import type { EncodedResource } from "#xds/resource.ts";

/** The whole way from what users wrote to what proxies are sent, kept up to date by `graph.settle()`. */
export interface MeshGraph {
  readonly graph: Graph;
  readonly inputs: Inputs;
  readonly mesh: MeshCollections;
  /** Which layers each connected proxy is served from. */
  readonly proxyScopes: Collection<ProxyScopes>;
  /** The parts of the mesh that any proxy sees, by the keys that resources have as their layers. */
  readonly scopes: readonly Collection<Keyed>[];
  /** What there is to say about the objects. */
  readonly findings: Collection<ObjectFindings>;
  /** All resources of all layers, in collections by what they were derived from. */
  readonly resources: readonly Collection<LayerResource>[];
  /** What one connected proxy is served in all, as of the last settle. Looks at everything: not for a hot path. */
  resourcesFor(proxy: ConnectedProxy): readonly EncodedResource[];
}

export function createMeshGraph(): MeshGraph {
  const graph = createGraph();
  const inputs = createInputs(graph);
  const mesh = deriveMesh(graph, inputs);

  // What nobody is connected for is not derived: scopes exist as long as proxies that are in them.
  const labelsByName = graph.index(mesh.routings, ({ http }) =>
    http.flatMap(({ matches }) => matches.flatMap(({ from }) => Object.keys(from.labels))),
  );
  const toldLabels = graph.groups("labels that routes tell apart", labelsByName);
  const proxyScopes = graph.derive("scopes of proxies", inputs.proxies, (proxy, read) => [
    scopesOf(proxy, new Set(read.all(toldLabels).map(({ key }) => key))),
  ]);
  const byOutbound = graph.index(proxyScopes, ({ outbound }) => [outbound]);
  const byInbound = graph.index(proxyScopes, ({ inbound }) => (inbound === undefined ? [] : [inbound]));
  const outboundScopes = graph.derive(
    "outbound scopes",
    graph.groups("outbound scopes in use", byOutbound),
    ({ key }) => outboundScope(key),
  );
  const inboundScopes = graph.derive("inbound scopes", graph.groups("inbound scopes in use", byInbound), ({ key }) =>
    inboundScope(key),
  );

  const resources = [
    ...deriveOutbound(graph, mesh, outboundScopes),
    ...deriveSidecars(graph, mesh, outboundScopes),
    ...deriveExplicitSidecars(graph, mesh, outboundScopes),
    ...deriveGateways(graph, mesh, outboundScopes),
    deriveInbound(graph, mesh, inboundScopes),
  ];
  return {
    graph,
    inputs,
    mesh,
    proxyScopes,
    scopes: [outboundScopes, inboundScopes],
    findings: deriveFindings(graph, inputs, mesh),
    resources,
    resourcesFor(proxy) {
      const scopes = proxyScopes.get(proxy.key);
      const layers = new Set([scopes?.outbound, scopes?.inbound]);
      return resources
        .flatMap((collection) => [...collection.values()])
        .filter(({ layer }) => layers.has(layer))
        .map(({ resource }) => resource);
    },
  };
}
