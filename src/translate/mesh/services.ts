import { ServiceEntry_Resolution as Resolution } from "#api/gen/istio/networking/v1alpha3/service_entry_pb.js";
import { isWildcard, serviceHost } from "#api/hosts.ts";
import type { ServiceEntryObject, ServiceObject } from "#api/objects.ts";
import { protocolOf } from "#model/protocol.ts";
import type { ListedEndpoint, MeshService, ServicePort } from "#model/service.ts";
import type { Workload } from "#model/workload.ts";
import { portAt } from "#translate/mesh/endpoints.ts";

/**
 * A headless service (`clusterIP: None`) has no virtual address: its name leads to its endpoints. An `ExternalName` is
 * a name for a host elsewhere.
 *
 * @param given  the virtual address that the mesh has given the host
 * @reads v1 Service spec
 */
export function* kubernetesService(
  { metadata, spec }: ServiceObject,
  given: (host: string) => string | undefined,
): Iterable<MeshService> {
  const host = serviceHost(metadata.name, metadata.namespace);
  const own = spec.clusterIPs.filter((ip) => ip !== "None");
  const isAlias = spec.type === "ExternalName" && spec.externalName !== undefined;
  const virtual = spec.clusterIP !== "None" && !isAlias;
  yield {
    key: host,
    host,
    shortName: metadata.name,
    namespace: metadata.namespace,
    addresses: own.length > 0 || !virtual ? own : listOf(given(host)),
    virtual,
    ports: servicePorts(spec.ports.map(({ protocol: transport, ...port }) => ({ ...port, transport }))),
    resolution: isAlias ? "dns" : "mesh",
    selector: Object.keys(spec.selector).length > 0 ? spec.selector : undefined,
    listed: isAlias ? [byName(spec.externalName)] : [],
    subjectAltNames: [],
  };
}

/**
 * The service that a ServiceEntry makes of one of its hosts.
 *
 * @reads networking.istio.io/v1 ServiceEntry spec
 */
export function* entryService(
  { metadata, spec }: ServiceEntryObject,
  host: string,
  given: (host: string) => string | undefined,
): Iterable<MeshService> {
  // Everything at once is no service; what becomes of unknown hosts is a setting of the mesh.
  if (host === "*") return;
  const resolution = resolutionOf(spec.resolution);
  const virtual = resolution !== "none" && !isWildcard(host);
  const own = spec.addresses.filter((address) => address !== "0.0.0.0" && address !== "::");
  const ports = spec.ports.map(({ name, number, targetPort, protocol }) => ({
    name,
    port: number,
    targetPort: targetPort || number,
    // A ServiceEntry names the protocol outright, in capitals.
    appProtocol: protocol || undefined,
    transport: protocol.toUpperCase() === "UDP" ? "UDP" : "TCP",
  }));
  const listed = spec.endpoints.map(({ address, labels, ports, weight, locality }) => ({
    address,
    labels,
    ports,
    weight: weight || 1,
    locality: locality || undefined,
  }));
  const isItsOwn = resolution === "dns" && listed.length === 0 && spec.workloadSelector === undefined;
  yield {
    key: host,
    host,
    shortName: undefined,
    namespace: metadata.namespace,
    addresses: own.length > 0 || !virtual ? own : listOf(given(host)),
    virtual,
    ports: servicePorts(ports),
    resolution,
    selector: spec.workloadSelector?.labels,
    listed: isItsOwn ? [byName(host)] : listed,
    subjectAltNames: spec.subjectAltNames,
  };
}

/**
 * The service with what its servers were seen to do: a port of which nobody said what it carries carries no HTTP where
 * a server speaks first, and waiting for the client to show that would stall both.
 */
export function toldByServers(service: MeshService, workloads: () => readonly Workload[]): MeshService {
  if (!service.ports.some(({ protocol }) => protocol === "auto")) return service;
  const talkative = workloads().filter(({ serverFirst }) => serverFirst.length > 0);
  if (talkative.length === 0) return service;
  const ports = service.ports.map((port): ServicePort => {
    const isServerFirst = talkative.some((workload) => workload.serverFirst.includes(portAt(port, workload.ports)));
    return port.protocol === "auto" && isServerFirst ? { ...port, protocol: "tcp" } : port;
  });
  return { ...service, ports };
}

function byName(address: string): ListedEndpoint {
  return { address, labels: {}, ports: {}, weight: 1, locality: undefined };
}

function listOf<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
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

/** The ports as the mesh sees them, without those that it leaves alone. */
function servicePorts(written: readonly WrittenPort[]): readonly ServicePort[] {
  return written.flatMap(({ name, port, targetPort, appProtocol, transport }) => {
    const protocol = protocolOf({ name, port, appProtocol, transport });
    return protocol === undefined ? [] : [{ name, port, targetPort, protocol }];
  });
}
