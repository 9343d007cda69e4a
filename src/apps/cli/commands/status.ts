import {
  Agent,
  type AgentWorkload,
  ControlPlane,
  type ControlPlaneStatus,
  type ProxyStatus,
  Up,
  type UpInstance,
} from "#apps/cli/api-client.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { columns, paintFor } from "#apps/cli/terminal.ts";
import { urlsOf, workloadTable } from "#apps/up/outside/summary.ts";
import { findMesh, type RunningMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import type { Finding } from "#findings/finding.ts";
import { printFinding } from "#findings/print.ts";

/** Everything that is asked for a status; what does not answer is `undefined`. */
interface Answers {
  readonly instances: readonly UpInstance[] | undefined;
  readonly workloads: readonly AgentWorkload[] | undefined;
  readonly controlPlane: ControlPlaneStatus | undefined;
  readonly proxies: readonly ProxyStatus[] | undefined;
  readonly findings: readonly Finding[] | undefined;
}

export async function runStatus({ output, ...which }: WhichMesh & { readonly output: Form }): Promise<void> {
  const mesh = findMesh(which);
  const { state } = mesh;
  const controlPlane = new ControlPlane(state);
  const [instances, workloads, status, proxies, findings] = await Promise.all([
    new Up(state).instances().catch(noAnswer),
    new Agent(state).workloads().catch(noAnswer),
    controlPlane.status().catch(noAnswer),
    controlPlane.proxies().catch(noAnswer),
    controlPlane.findings().catch(noAnswer),
  ]);
  const answers: Answers = { instances, workloads, controlPlane: status, proxies, findings };
  print(output, forMachines(mesh, answers), () => forPeople(mesh, answers));
}

function noAnswer(): undefined {
  return undefined;
}

function forMachines({ state, record }: RunningMesh, answers: Answers): object {
  const { instances, workloads, controlPlane, proxies, findings } = answers;
  const urls = urlsOf(record);
  const byName = new Map(workloads?.map((one) => [one.name, one]));
  return {
    name: record.name,
    directory: record.directory,
    state,
    pid: record.pid,
    startedAt: record.startedAt,
    gateway: { url: urls.gateway },
    dashboard: { url: urls.dashboard },
    api: { url: urls.api, token: record.token },
    published: record.published,
    controlPlane,
    workloads: instances?.map((one) => ({ ...byName.get(one.name), ...one })) ?? workloads,
    proxies,
    findings,
  };
}

function forPeople({ state, record }: RunningMesh, answers: Answers): string {
  const { instances, controlPlane, proxies, workloads, findings } = answers;
  const paint = paintFor(process.stdout);
  const urls = urlsOf(record);
  const away = paint.red("does not answer");
  const rows = [
    ["mesh", `${record.name} (${record.directory})`],
    ["state", state],
    ...(record.capture === "explicit" ? [["capture", "explicit: nothing is captured"]] : []),
    ...(urls.gateway === undefined ? [] : [["gateway", urls.gateway]]),
    ["dashboard", "stod dashboard"],
    ["api", urls.api],
    ["control plane", controlPlane === undefined ? away : summary(controlPlane, paint)],
    ["agent", workloads === undefined ? away : `${workloads.length} workloads`],
  ];
  if (instances === undefined) rows.push(["supervisor", away]);
  if (proxies === undefined && controlPlane !== undefined) rows.push(["proxies", away]);
  const told = (findings ?? []).map((one) => `\n\n${printFinding(one)}`).join("");
  return `${columns(rows)}\n\n${workloadTable(instances ?? [], paint)}${told}`;
}

function summary({ services, proxies, findings }: ControlPlaneStatus, paint: ReturnType<typeof paintFor>): string {
  const told = (["error", "warning"] as const).filter((severity) => findings[severity] > 0);
  const counts = told.map((severity) => `${findings[severity]} ${severity}${findings[severity] === 1 ? "" : "s"}`);
  const parts = [
    `${services} ${services === 1 ? "service" : "services"}`,
    `${proxies.synced} of ${proxies.connected} proxies in sync`,
    ...counts.map(paint.yellow),
  ];
  return parts.join(", ");
}
