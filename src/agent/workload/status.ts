import type { Phase, Workload } from "#agent/workload/workload.ts";

/** How an instance is, as the agent's API says it. */
export interface WorkloadStatus {
  readonly name: string;
  readonly namespace: string;
  readonly workload: string;
  readonly service: string | undefined;
  readonly version: string | undefined;
  readonly address: string;
  readonly netns: string | undefined;
  readonly kind: "sidecar" | "gateway" | "none";
  readonly phase: Phase;
  readonly ready: boolean;
  readonly pid: number | undefined;
  readonly proxyPid: number | undefined;
  /** Starts of the application after the first, because it had ended by itself. */
  readonly restarts: number;
  readonly proxyRestarts: number;
  /** Why it does not run, as a clause. */
  readonly problem: string | undefined;
}

export function statusOf(workload: Workload): WorkloadStatus {
  const { name, namespace, workload: of, service, version, address, netns, proxy } = workload.spec;
  const { phase, isReady, pid, proxyPid, restarts, problem } = workload;
  return {
    ...{
      name,
      namespace,
      workload: of,
      service,
      version,
      address,
      netns,
      kind: proxy,
      phase,
      ready: isReady,
      pid,
      proxyPid,
    },
    restarts: restarts.application,
    proxyRestarts: restarts.proxy,
    problem,
  };
}
