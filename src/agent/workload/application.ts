import type { WorkloadSpec } from "#agent/workload/spec.ts";
import type { ChildSpec } from "#host/process.ts";

/**
 * How a command is run as an instance's application: in its namespaces, with its environment, without any capability,
 * and without sight of the mesh's keys.
 *
 * @param state  the state directory
 */
export function applicationProcess(spec: WorkloadSpec, command: readonly string[], state: string): ChildSpec {
  const { application, netns, hostname, files } = spec;
  return {
    command,
    env: application?.env ?? {},
    cwd: application?.cwd,
    surroundings: { netns, hostname, files, hidden: netns === undefined ? [] : [state] },
    privileges: { dieWithParent: true, unprivileged: true, user: application?.user },
  };
}
