import type { WorkloadSpec } from "#agent/workload/spec.ts";
import type { ChildSpec } from "#host/process.ts";

/**
 * How a command is run as an instance's application: in its namespaces, with its environment, without any capability,
 * and without sight of the mesh's keys and of other processes.
 *
 * @param state  the state directory
 * @param running  the application itself, for a command beside it that sees its processes; `undefined` where it does not run
 */
export function applicationProcess(
  spec: WorkloadSpec,
  command: readonly string[],
  state: string,
  running?: number,
): ChildSpec {
  const { application, netns, hostname, files } = spec;
  const alone = netns !== undefined;
  const beside = alone && running !== undefined ? { pid: running, cwd: application?.cwd ?? "/" } : undefined;
  return {
    command,
    env: application?.env ?? {},
    cwd: application?.cwd,
    surroundings: { netns, hostname, files, hidden: alone ? [state] : [], kept: undefined, alone, beside },
    privileges: { dieWithParent: true, capabilities: [], user: application?.user },
  };
}
