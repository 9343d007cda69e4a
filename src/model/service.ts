import type { Labels } from "#model/labels.ts";
import type { Protocol } from "#model/protocol.ts";

/** A service of the mesh: a name that is called, and how to find who answers. */
export interface MeshService {
  /** The fully qualified host. */
  readonly key: string;
  readonly host: string;
  /** The name within the namespace, for short host names; `undefined` for hosts from outside. */
  readonly shortName: string | undefined;
  readonly namespace: string;
  /** Virtual addresses; the same as long as the service lives. Empty where there are none. */
  readonly addresses: readonly string[];
  /** Callers find it by a virtual address; else its name leads to its endpoints' own. */
  readonly virtual: boolean;
  readonly ports: readonly ServicePort[];
  /** How endpoints are found: told by the mesh, or by DNS of the host, or as the caller asked. */
  readonly resolution: "mesh" | "dns" | "none";
  /** Picks the workloads; `undefined` where the endpoints are listed. */
  readonly selector: Labels | undefined;
  /** Endpoints that the service lists itself; where they are found by DNS, they may be names. */
  readonly listed: readonly ListedEndpoint[];
  /** Subject alternative names to expect of its servers, beside the identities of its workloads. */
  readonly subjectAltNames: readonly string[];
}

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** Where the workload listens: a number, or the name that it gives the port itself. */
  readonly targetPort: number | string;
  readonly protocol: Protocol;
}

export interface ListedEndpoint {
  readonly address: string;
  readonly labels: Labels;
  readonly ports: Readonly<Record<string, number>>;
  readonly weight: number;
  readonly locality: string | undefined;
}
