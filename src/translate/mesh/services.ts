import {
  ServiceEntry_Location as Location,
  ServiceEntry_Resolution as Resolution,
} from "#api/gen/istio/networking/v1alpha3/service_entry_pb.js";
import { serviceHost } from "#api/hosts.ts";
import type { ServiceEntryObject, ServiceObject } from "#api/objects.ts";
import { type Protocol, protocolOf } from "#model/protocol.ts";
import type { MeshService, ServicePort } from "#model/service.ts";

/**
 * @param address  the virtual address that the mesh has given the host
 * @reads v1 Service spec
 */
export function* kubernetesService(
  { metadata, spec }: ServiceObject,
  address: (host: string) => string | undefined,
): Iterable<MeshService> {
  const host = serviceHost(metadata.name, metadata.namespace);
  const own = spec.clusterIPs.filter((ip) => ip !== "None");
  const given = address(host);
  yield {
    key: host,
    host,
    shortName: metadata.name,
    namespace: metadata.namespace,
    addresses: own.length > 0 ? own : given === undefined ? [] : [given],
    ports: spec.ports.flatMap(({ name, port, targetPort, appProtocol, protocol: transport }) =>
      servicePort({ name, port, targetPort, appProtocol, transport }),
    ),
    resolution: "mesh",
    selector: Object.keys(spec.selector).length > 0 ? spec.selector : undefined,
    listed: [],
    subjectAltNames: [],
    external: false,
  };
}

/**
 * A service for each host of a ServiceEntry.
 *
 * @reads networking.istio.io/v1 ServiceEntry spec
 */
export function* entryServices(
  { metadata, spec }: ServiceEntryObject,
  address: (host: string) => string | undefined,
): Iterable<MeshService> {
  const ports = spec.ports.flatMap(({ name, number, targetPort, protocol }) =>
    servicePort({
      name,
      port: number,
      targetPort: targetPort || number,
      // A ServiceEntry names the protocol outright, in capitals.
      appProtocol: protocol.toLowerCase() || undefined,
      transport: protocol === "UDP" ? "UDP" : "TCP",
    }),
  );
  for (const host of new Set(spec.hosts)) {
    const given = address(host);
    yield {
      key: host,
      host,
      shortName: undefined,
      namespace: metadata.namespace,
      addresses: spec.addresses.length > 0 ? spec.addresses : given === undefined ? [] : [given],
      ports,
      resolution: resolutionOf(spec.resolution),
      selector: spec.workloadSelector?.labels,
      listed: spec.endpoints.map(({ address, labels, ports, weight, locality }) => ({
        address,
        labels,
        ports,
        weight: weight || 1,
        locality: locality || undefined,
      })),
      subjectAltNames: spec.subjectAltNames,
      external: spec.location === Location.MESH_EXTERNAL,
    };
  }
}

function resolutionOf(resolution: Resolution): MeshService["resolution"] {
  switch (resolution) {
    case Resolution.STATIC:
      return "mesh";
    case Resolution.DNS:
    case Resolution.DNS_ROUND_ROBIN:
      return "dns";
    default:
      return "none";
  }
}

interface WrittenPort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly appProtocol: string | undefined;
  readonly transport: string;
}

/** The port as the mesh sees it; nothing for one that the mesh leaves alone. */
function servicePort({ name, port, targetPort, appProtocol, transport }: WrittenPort): ServicePort[] {
  const protocol: Protocol | undefined = protocolOf({ name, port, appProtocol, transport });
  return protocol === undefined ? [] : [{ name, port, targetPort, protocol }];
}
