import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { lockedStates, type MeshRecord, readRecord } from "#apps/up/state-directory.ts";
import { HostFault } from "#host/host-fault.ts";

/** A mesh that runs, and where its state is. */
export interface RunningMesh {
  readonly state: string;
  readonly record: MeshRecord;
}

/** How a command says which mesh it is about. */
export interface WhichMesh {
  /** `--state`. */
  readonly state?: string | undefined;
  /** The directory of a `stod.yaml`; counts where `--state` is not given. Where neither is, `STOD_STATE` does. */
  readonly directory?: string | undefined;
}

/** The meshes of this user that run on this machine. */
export function runningMeshes(): readonly RunningMesh[] {
  return lockedStates().flatMap((state) => {
    const record = readRecord(state);
    return record === undefined ? [] : [{ state, record }];
  });
}

/**
 * The mesh that a command is about: the one that is named, else the only one that runs.
 *
 * @throws HostFault where there is none, or more than one and none was named
 */
export function findMesh({ state, directory }: WhichMesh): RunningMesh {
  const running = runningMeshes();
  if (state) return named(running, realPath(state));
  if (directory !== undefined) return ofDirectory(running, realPath(directory));
  if (process.env.STOD_STATE) return named(running, realPath(process.env.STOD_STATE));
  const [only, ...others] = running;
  if (only === undefined) throw new HostFault("", "no mesh runs here", "Start one with: stod up DIR");
  if (others.length > 0) {
    const list = running.map((mesh) => `\n    ${mesh.record.name}  --state ${mesh.state}`).join("");
    throw new HostFault("", `${running.length} meshes run here, and none was named`, `Name one:${list}`);
  }
  return only;
}

function named(running: readonly RunningMesh[], state: string): RunningMesh {
  const mesh = running.find((candidate) => candidate.state === state);
  if (mesh !== undefined) return mesh;
  const help = existsSync(state) ? "Start it with: stod up DIR --state DIR" : "Look at the path: there is nothing.";
  throw new HostFault(state, "no mesh runs with this state", help);
}

function ofDirectory(running: readonly RunningMesh[], directory: string): RunningMesh {
  const mesh = running.find((candidate) => candidate.record.directory === directory);
  if (mesh !== undefined) return mesh;
  throw new HostFault(directory, "its mesh does not run", `Start it with: stod up ${directory}`);
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}
