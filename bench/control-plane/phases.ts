import { setTimeout as sleep } from "node:timers/promises";
import { endpointsType, routesType, virtualHostType } from "#xds/type-urls.ts";
import { cpuSeconds, markCost } from "../measure/process-cost.ts";
import { median, percentile } from "../measure/statistics.ts";
import type { Fleet } from "./fleet.ts";
import { clockMs, type Target } from "./fleet-messages.ts";
import type { RunningServer } from "./server.ts";
import { namespace, routeObject, type Size, serviceName, workloadName, workloadObject } from "./world.ts";

/** What it took until all proxies had something. */
export interface Phase {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lastMs: number;
  /** Of the server. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  /** From the server to all proxies. */
  readonly megabytes: number;
}

export interface PhaseOptions {
  readonly size: Size;
  readonly vhds: boolean;
  readonly changes: number;
}

/** All proxies connect at once, and get everything. */
export async function converge(server: RunningServer, fleet: Fleet, to: Target, options: PhaseOptions): Promise<Phase> {
  await receivedBytes(fleet); // its process is up
  const { services, proxies } = options.size;
  const cost = markCost(server.pid);
  const begin = clockMs();
  fleet.tell({ do: "connect", to, proxies, services, vhds: options.vhds });
  const { at } = await fleet.hear("converged");
  const { cpuSeconds, peakMiB } = cost();
  return { ...latencies(at, begin), cpuSeconds, peakMiB, megabytes: (await receivedBytes(fleet)) / 1e6 };
}

/** One VirtualService changes. */
export function changeRoute(server: RunningServer, fleet: Fleet, options: PhaseOptions): Promise<Phase> {
  const typeUrl = options.vhds ? virtualHostType : routesType;
  return change(server, fleet, options.changes, typeUrl, async (number) => {
    const text = routeObject(`marker-${number}`, 10 + (number % 80));
    await server.api.ask("POST", "/v1/apply", { documents: [{ file: "route.yaml", text }], namespace });
  });
}

/** One workload says that it carries another load balancing weight. */
export function changeEndpoint(server: RunningServer, fleet: Fleet, options: PhaseOptions): Promise<Phase> {
  const workload = workloadObject(0, 0) as { spec: object };
  return change(server, fleet, options.changes, endpointsType, async (number) => {
    const labels = { app: serviceName(0), version: `marker-${number}`, "security.istio.io/tlsMode": "istio" };
    const workloadEntry = { ...workload, spec: { ...workload.spec, labels } };
    await server.api.ask("PUT", `/v1/workloads/${namespace}/${workloadName(0, 0)}`, { workloadEntry, healthy: true });
  });
}

async function change(
  server: RunningServer,
  fleet: Fleet,
  times: number,
  typeUrl: string,
  make: (number: number) => Promise<void>,
): Promise<Phase> {
  const phases: Phase[] = [];
  for (let number = 0; number <= times; number++) {
    await quiet(fleet);
    fleet.tell({ do: "watch", typeUrl, marker: `marker-${number}` });
    const before = await receivedBytes(fleet);
    const cost = markCost(server.pid);
    const cpu = cpuSeconds(server.pid);
    const seen = fleet.hear("seen");
    const begin = clockMs();
    await make(number);
    const { at } = await seen;
    const { peakMiB } = cost();
    await quiet(fleet);
    const megabytes = ((await receivedBytes(fleet)) - before) / 1e6;
    phases.push({ ...latencies(at, begin), cpuSeconds: cpuSeconds(server.pid) - cpu, peakMiB, megabytes });
  }
  phases.shift(); // the first one meets code that has never run
  const middle = (of: (phase: Phase) => number) => median(phases.map(of));
  return {
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    lastMs: middle(({ lastMs }) => lastMs),
    // Counted in hundredths of a second, so that only the mean is exact.
    cpuSeconds: phases.reduce((sum, phase) => sum + phase.cpuSeconds, 0) / phases.length,
    peakMiB: Math.max(...phases.map(({ peakMiB }) => peakMiB)),
    megabytes: middle(({ megabytes }) => megabytes),
  };
}

/** Waits until nothing has been sent for a little while. */
async function quiet(fleet: Fleet): Promise<void> {
  for (let before = -1; ; ) {
    const now = await receivedBytes(fleet);
    if (now === before) return;
    before = now;
    await sleep(300);
  }
}

async function receivedBytes(fleet: Fleet): Promise<number> {
  const total = fleet.hear("total");
  fleet.tell({ do: "total" });
  return (await total).receivedBytes;
}

function latencies(at: readonly number[], begin: number) {
  const after = at.map((time) => time - begin);
  return { p50Ms: percentile(after, 0.5), p99Ms: percentile(after, 0.99), lastMs: Math.max(...after) };
}
