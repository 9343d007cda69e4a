import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readMeshFile } from "#apps/up/mesh-file/read-mesh-file.ts";
import { findMesh, type RunningMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import { clearRun, defaultStateDirectory, lockedStates } from "#apps/up/state-directory.ts";
import { seconds } from "#base/duration.ts";
import { HostFault } from "#host/host-fault.ts";
import { watchEnd } from "#host/mesh-namespace.ts";

/** Longer than a mesh may take to drain. */
const patience = seconds(60);

/** What became of it: whether a mesh was ended, or one that had died was cleared away. */
export type Down = { readonly ended: string } | { readonly cleared: string };

/**
 * Ends a mesh and waits until nothing of it is left. One that has died leaves just files in its state directory, and those are cleared.
 *
 * @param now  without draining
 */
export async function down(which: WhichMesh, now: boolean): Promise<Down> {
  const mesh = runningOrDead(which);
  if ("cleared" in mesh) {
    clearRun(mesh.cleared);
    return mesh;
  }
  const isLeft = watchEnd(mesh.record.innerPid);
  const gone = () => !lockedStates().includes(mesh.state) && !isLeft();
  signal(mesh.record.pid, now ? "SIGKILL" : "SIGTERM");
  const deadline = Date.now() + patience.ms;
  while (!gone()) {
    if (Date.now() > deadline) {
      throw new HostFault(mesh.record.name, `it has not ended within ${patience.ms / 1000} s`, "Try: stod down --now");
    }
    await delay(20);
  }
  if (now) clearRun(mesh.state);
  return { ended: mesh.record.name };
}

/** The mesh that is meant; where it does not run but has left traces, where these are. */
function runningOrDead(which: WhichMesh): RunningMesh | { readonly cleared: string } {
  try {
    return findMesh(which);
  } catch (fault) {
    const state = stateOf(which);
    if (state === undefined || lockedStates().includes(state)) throw fault;
    return { cleared: state };
  }
}

/** The state that is meant, where one is named and has traces of a mesh in it. */
function stateOf({ state = process.env.STOD_STATE, directory }: WhichMesh): string | undefined {
  const named = state || (directory !== undefined ? stateOfDirectory(directory) : undefined);
  if (named === undefined || !existsSync(join(named, "mesh.json"))) return undefined;
  return realpathSync(resolve(named));
}

function stateOfDirectory(directory: string): string | undefined {
  const file = join(directory, "stod.yaml");
  if (!existsSync(file)) return undefined;
  const { mesh } = readMeshFile(readFileSync(file, "utf8"), file);
  return mesh && defaultStateDirectory(mesh.name);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (failed) {
    if ((failed as NodeJS.ErrnoException).code !== "ESRCH") throw failed;
  }
}
