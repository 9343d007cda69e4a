import { isIP } from "node:net";
import { sortedBy } from "#base/order.ts";
import { modeAt, type WorkloadMtls } from "#features/peer-authentication/modes.ts";
import type { Collection } from "#graph/collection.ts";
import type { Read } from "#graph/read.ts";
import type { Index } from "#graph/value-index.ts";
import type { Endpoint, EndpointPort, ServiceEndpoints } from "#model/endpoint.ts";
import { type Labels, selects } from "#model/labels.ts";
import type { MeshService, ServicePort } from "#model/service.ts";
import type { Workload } from "#model/workload.ts";

export interface EndpointSources {
  readonly workloadsByLabel: Index<Workload>;
  readonly mtls: Collection<WorkloadMtls>;
}

/** The values by which a workload is found for a selector: its labels one by one, within its namespace. */
export function labelValues({ namespace, labels }: Workload): Iterable<string> {
  return Object.entries(labels).map(([name, value]) => labelValue(namespace, name, value));
}

/** The value by which a workload of a namespace is found for one label. */
export function labelValue(namespace: string, name: string, value: string): string {
  return `${namespace} ${name}=${value}`;
}

/** The endpoints of a service: the workloads that it selects and those that it lists. */
export function* endpointsOf(
  service: MeshService,
  { workloadsByLabel, mtls }: EndpointSources,
  read: Read,
): Iterable<ServiceEndpoints> {
  const endpoints = [
    ...selectedWorkloads(service, workloadsByLabel, read).map((workload) =>
      endpointOf(service, workload, read.one(mtls, workload.key)),
    ),
    ...service.listed.map((listed) => listedEndpoint(service, listed)),
  ];
  const reachable = endpoints.filter(({ address }) => isReachable(address, service));
  yield { key: service.host, endpoints: sortedBy(reachable, ({ address }) => address) };
}

/** Envoy refuses all endpoints of a cluster where one of them is a name that it was not told to look up. */
function isReachable(address: string, { resolution }: MeshService): boolean {
  return resolution === "dns" || isIP(address) !== 0 || address.startsWith("unix:///");
}

/** The workloads that a service selects. */
export function selectedWorkloads(
  { namespace, selector }: MeshService,
  byLabel: Index<Workload>,
  read: Read,
): readonly Workload[] {
  if (selector === undefined) return [];
  const [first] = Object.entries(selector);
  if (first === undefined) return [];
  return read.where(byLabel, labelValue(namespace, ...first)).filter(({ labels }) => selects(selector, labels));
}

function endpointOf(service: MeshService, workload: Workload, mtls: WorkloadMtls | undefined): Endpoint {
  const ports: Record<number, EndpointPort> = {};
  for (const port of service.ports) {
    const number = portAt(port, workload.ports);
    ports[port.port] = {
      port: number,
      mtls: workload.sidecar && modeAt(mtls, number) !== "DISABLE",
    };
  }
  return {
    address: workload.address,
    ports,
    labels: workload.labels,
    namespace: workload.namespace,
    workload: workload.name,
    locality: workload.locality,
    weight: workload.weight,
    healthy: workload.healthy,
  };
}

function listedEndpoint(service: MeshService, listed: MeshService["listed"][number]): Endpoint {
  const ports: Record<number, EndpointPort> = {};
  for (const port of service.ports) ports[port.port] = { port: portAt(port, listed.ports), mtls: false };
  const labels: Labels = listed.labels;
  return {
    address: listed.address,
    ports,
    labels,
    namespace: service.namespace,
    workload: "",
    locality: listed.locality,
    weight: listed.weight,
    healthy: true,
  };
}

/** Where an instance listens for a service's port: what it says for the port's name, else what the service says. */
export function portAt({ name, port, targetPort }: ServicePort, own: Readonly<Record<string, number>>): number {
  const names = typeof targetPort === "string" ? [targetPort, name] : [name];
  const said = names.find((each) => Object.hasOwn(own, each));
  if (said !== undefined) return own[said] as number;
  return typeof targetPort === "number" ? targetPort : port;
}
