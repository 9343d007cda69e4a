import type { Labels } from "#model/labels.ts";

/** Who answers for a service: an address, and for each port of the service the port there. */
export interface Endpoint {
  readonly address: string;
  /** By the service's port number. */
  readonly ports: Readonly<Record<number, EndpointPort>>;
  readonly labels: Labels;
  readonly namespace: string;
  readonly workload: string;
  readonly locality: string | undefined;
  readonly weight: number;
  readonly healthy: boolean;
}

export interface EndpointPort {
  readonly port: number;
  /** Its sidecar takes mTLS there. */
  readonly mtls: boolean;
}

/** The endpoints of one service, in the order of their addresses. */
export interface ServiceEndpoints {
  /** The host of the service. */
  readonly key: string;
  readonly endpoints: readonly Endpoint[];
}
