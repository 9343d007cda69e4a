/** Whether a port takes mTLS: only that, that and plaintext, or plaintext alone. */
export type MtlsMode = "STRICT" | "PERMISSIVE" | "DISABLE";

/** What the ports of one workload take. */
export interface WorkloadMtls {
  /** `namespace/name` of the workload. */
  readonly key: string;
  readonly mode: MtlsMode;
  /** By the port on which the workload listens. */
  readonly ports: Readonly<Record<number, MtlsMode>>;
}

export function modeAt(mtls: WorkloadMtls | undefined, port: number): MtlsMode {
  return mtls?.ports[port] ?? mtls?.mode ?? "PERMISSIVE";
}
