import { spawn } from "node:child_process";
import { constants } from "node:os";
import { Agent } from "#apps/cli/api-client.ts";
import { UsageFault } from "#apps/cli/print-fault.ts";
import { instanceCalled } from "#apps/cli/which-instance.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import { HostFault } from "#host/host-fault.ts";
import { enterWorkload, findInside } from "#host/mesh-namespace.ts";

export async function runExec(asked: string, words: readonly string[], which: WhichMesh): Promise<void> {
  // Everything behind the workload is the command; the customary mark in front of it is not.
  const command = words[0] === "--" ? words.slice(1) : words;
  if (command.length === 0) throw new UsageFault("no command was given", `Give one, as in: stod exec ${asked} -- sh`);
  const { state, record } = findMesh(which);
  const workloads = await new Agent(state).workloads();
  const instance = instanceCalled(
    asked,
    workloads.map((one) => ({ ...one, workload: one.workload ?? one.name, service: one.service ?? "" })),
  );
  const pid = instance.pid ?? instance.proxyPid;
  const inside = pid === undefined || record.innerPid === undefined ? undefined : findInside(record.innerPid, pid);
  if (inside === undefined) {
    const problem = instance.problem === undefined ? "" : ` (${instance.problem})`;
    throw new HostFault(instance.name, `it does not run now${problem}`, `Look why: stod logs ${instance.name}`);
  }
  const [program = "", ...args] = enterWorkload(inside, command);
  const child = spawn(program, args, { stdio: "inherit", env: { ...inside.env, TERM: process.env.TERM } });
  // Ctrl-C is for the command: it is in the terminal's foreground with us.
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, () => {});
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
