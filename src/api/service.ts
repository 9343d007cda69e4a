/**
 * What a Kubernetes Service says, with Kubernetes' own defaults filled in.
 *
 * @reads v1 Service spec
 */
export interface ServiceSpec {
  readonly type: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
  /** Labels of the workloads behind it; empty where nobody selects, and endpoints come from elsewhere. */
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  /** `undefined` until one is given, `"None"` for a headless service. */
  readonly clusterIP: string | undefined;
  readonly clusterIPs: readonly string[];
  /** The name that an `ExternalName` service stands for. */
  readonly externalName: string | undefined;
  readonly publishNotReadyAddresses: boolean;
  readonly sessionAffinity: "None" | "ClientIP";
}

export interface ServicePort {
  /** Empty where a service has one port, and it has no name. */
  readonly name: string;
  readonly port: number;
  /** A number, or the name of a port of the workload. */
  readonly targetPort: number | string;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly appProtocol: string | undefined;
}

/** The spec as the schema let it through: what is absent was not written. */
interface WrittenService {
  type?: ServiceSpec["type"];
  selector?: Record<string, string>;
  ports?: (Partial<ServicePort> & { port: number })[];
  clusterIP?: string;
  clusterIPs?: string[];
  externalName?: string;
  publishNotReadyAddresses?: boolean;
  sessionAffinity?: ServiceSpec["sessionAffinity"];
}

/** Fills in Kubernetes' defaults: `TCP`, and a target port that is the port itself. */
export function serviceSpec(written: WrittenService): ServiceSpec {
  const clusterIP = written.clusterIP || written.clusterIPs?.[0] || undefined;
  return {
    type: written.type ?? "ClusterIP",
    selector: written.selector ?? {},
    ports: (written.ports ?? []).map(servicePort),
    clusterIP,
    clusterIPs: written.clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP]),
    externalName: written.externalName || undefined,
    publishNotReadyAddresses: written.publishNotReadyAddresses ?? false,
    sessionAffinity: written.sessionAffinity ?? "None",
  };
}

function servicePort({ name, port, targetPort, protocol, appProtocol }: Partial<ServicePort> & { port: number }) {
  return {
    name: name ?? "",
    port,
    targetPort: targetPort === undefined || targetPort === "" || targetPort === 0 ? port : targetPort,
    protocol: protocol || "TCP",
    appProtocol: appProtocol || undefined,
  };
}
