import type { Duration } from "#base/duration.ts";
import { applicationAddress } from "#host/explicit-capture.ts";

/** How we learn that an application can take requests. */
export type Check =
  /** It answers a GET with a status from 200 to 399. */
  | { readonly by: "http"; readonly port: number; readonly path: string }
  /** Something listens on the port. */
  | { readonly by: "tcp"; readonly port: number }
  /** A command, run in its surroundings, exits with 0. */
  | { readonly by: "exec"; readonly command: readonly string[] }
  /** It runs. */
  | { readonly by: "running" };

export interface Readiness {
  readonly check: Check;
  /** Between two checks of a ready application; one that starts is asked more often. */
  readonly interval: Duration;
  /** Limit of one check. */
  readonly timeout: Duration;
}

export interface WorkloadPort {
  readonly name: string;
  /** The service's port. */
  readonly port: number;
  /** Where the application listens. */
  readonly targetPort: number;
  /** As in `appProtocol`: `http`, `grpc`, `tcp`, …; empty where it is to be sniffed. */
  readonly protocol: string;
}

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subzone: string;
}

/** What to run: the application, by itself or behind an Envoy, or (a gateway) an Envoy alone. */
export interface Application {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly user: string | undefined;
}

/** One instance of a workload, as the agent is told to run it. */
export interface WorkloadSpec {
  /** Unique in the mesh, such as `reviews-v1-0`. */
  readonly name: string;
  readonly namespace: string;
  /** What its replicas have in common, such as `reviews-v1`. */
  readonly workload: string;
  /** The service it stands behind; `undefined` for one that only calls others. */
  readonly service: string | undefined;
  readonly version: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly address: string;
  /** Path of its network namespace; `undefined` for the agent's own, where nothing is captured. */
  readonly netns: string | undefined;
  /** Its place on the loopback, where its traffic is not captured but sent to its Envoy explicitly. */
  readonly explicit: number | undefined;
  readonly hostname: string | undefined;
  /** Files that lie over others for the application, such as its `/etc/hosts` and `/etc/resolv.conf`. */
  readonly files: readonly { readonly source: string; readonly target: string }[];
  readonly ports: readonly WorkloadPort[];
  /** `undefined` for a gateway. */
  readonly application: Application | undefined;
  /** What its Envoy is; `none` for an application outside the mesh. */
  readonly proxy: "sidecar" | "gateway" | "none";
  readonly readiness: Readiness;
  /** How long requests in flight may take when the instance stops. */
  readonly drain: Duration;
  readonly locality: Locality | undefined;
}

/** Where the application itself listens, seen from its Envoy. */
export function applicationHost({ explicit }: WorkloadSpec): string {
  return explicit === undefined ? "127.0.0.1" : applicationAddress(explicit);
}

/** What instances with the same configuration have in common: they may start from each other's last good one. */
export function siblingKey(spec: WorkloadSpec): string {
  const { namespace, workload, serviceAccount, labels, proxy, ports, explicit } = spec;
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  // In a place of its own, an instance has listeners of its own.
  const place = explicit === undefined ? [] : [explicit];
  return JSON.stringify([proxy, namespace, workload, serviceAccount, sorted, ports, ...place]);
}
