import type { MeshConfigEntry } from "#apps/up/mesh-file/mesh-settings.ts";

/** What `stod.yaml` says, with everything filled in that it leaves out. */
export interface MeshFile {
  readonly name: string;
  /** Of services and mesh objects that name none. */
  readonly namespace: string;
  readonly trustDomain: string;
  /** Absolute path of the directory of mesh objects; it may not be there. */
  readonly config: string;
  readonly meshConfig: MeshConfigEntry;
  /** Such as `24h`; `undefined` where the agent's own holds. */
  readonly certificateTtl: string | undefined;
  readonly services: readonly ServiceEntry[];
}

/** A service of the file, and the workloads behind it. */
export interface ServiceEntry {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** None: it is no Service, and nobody can call it. */
  readonly ports: readonly PortEntry[];
  /** Ports of it that the host can reach, in the order of the host's ports. */
  readonly publish: readonly PortEntry[];
  readonly dependsOn: readonly string[];
  readonly proxy: "sidecar" | "gateway" | "none";
  readonly workloads: readonly WorkloadEntry[];
}

export interface PortEntry {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  /** As in `appProtocol`; empty where it is to be sniffed. */
  readonly protocol: string;
}

/** A service's one version, or one of several. */
export interface WorkloadEntry {
  /** `reviews-v1`, or `web` where there are no versions. */
  readonly name: string;
  /** Empty where there are no versions. */
  readonly version: string;
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
  /** `undefined` for a gateway. */
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
  readonly readiness: ReadinessEntry | undefined;
  readonly locality: LocalityEntry | undefined;
}

/** As the agent takes it. */
export interface ReadinessEntry {
  readonly http?: string;
  readonly port?: number;
  readonly tcp?: number;
  readonly exec?: readonly string[];
  readonly interval: string;
  readonly timeout: string;
}

export interface LocalityEntry {
  readonly region: string;
  readonly zone: string;
  readonly subzone: string;
}
