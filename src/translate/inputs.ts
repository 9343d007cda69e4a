import type { MeshObject } from "#api/object.ts";
import type {
  DestinationRuleObject,
  GatewayObject,
  PeerAuthenticationObject,
  ServiceEntryObject,
  ServiceObject,
  VirtualServiceObject,
  WorkloadEntryObject,
} from "#api/objects.ts";
import type { Graph } from "#graph/graph.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import type { ConnectedProxy } from "#model/proxy.ts";

/** The virtual address that the mesh has given a host. */
export interface VirtualAddress {
  /** The host. */
  readonly key: string;
  readonly address: string;
}

/** Where everything that the mesh is made of comes in. */
export type Inputs = ReturnType<typeof createInputs>;

export function createInputs(graph: Graph) {
  const objects = <T extends MeshObject>(name: string) =>
    graph.input<T>(name, { equal: (a, b) => a.digest === b.digest });
  return {
    settings: graph.input<MeshSettings>("mesh settings"),
    addresses: graph.input<VirtualAddress>("addresses"),
    Service: objects<ServiceObject>("Service"),
    ServiceEntry: objects<ServiceEntryObject>("ServiceEntry"),
    WorkloadEntry: objects<WorkloadEntryObject>("WorkloadEntry"),
    VirtualService: objects<VirtualServiceObject>("VirtualService"),
    DestinationRule: objects<DestinationRuleObject>("DestinationRule"),
    Gateway: objects<GatewayObject>("Gateway"),
    PeerAuthentication: objects<PeerAuthenticationObject>("PeerAuthentication"),
    proxies: graph.input<ConnectedProxy>("proxies"),
  };
}
