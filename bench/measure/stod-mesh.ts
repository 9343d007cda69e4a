import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { enterWorkload, findInside } from "#host/mesh-namespace.ts";
import { atEnd } from "./at-end.ts";

const stodPath = fileURLToPath(new URL("../../stod", import.meta.url));

/** A process in a workload's namespaces, and the words that run a command beside it. */
export interface Inside {
  /** As this machine counts. */
  readonly pid: number;
  readonly enter: (command: readonly string[]) => readonly string[];
}

/** A mesh that `stod up` runs, for as long as the bench needs it. */
export class StodMesh {
  readonly state: string;
  readonly #end: () => void;

  private constructor(state: string) {
    this.state = state;
    this.#end = atEnd(() => this.run("down", "--now"));
  }

  /** @param directory  with a stod.yaml; the mesh's state is put there as well */
  static start(directory: string): StodMesh {
    const mesh = new StodMesh(join(directory, "state"));
    mesh.run("up", "--detach", "--quiet", "--port-base", "0", directory);
    return mesh;
  }

  /** Runs `stod` for this mesh, and returns what it prints. @throws with what it printed, where it fails */
  run(...args: readonly string[]): string {
    const [command = "", ...rest] = args;
    const { status, stdout, stderr } = spawnSync(stodPath, [command, "--state", this.state, ...rest], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status !== 0) throw new Error(`stod ${args.join(" ")}: ${stderr || stdout}`);
    return stdout;
  }

  /** The process of an instance's application, or of its Envoy. */
  inside(instance: string, which: "application" | "proxy"): Inside {
    const status = JSON.parse(this.run("status", "-o", "json")) as {
      workloads: readonly { name: string; pid?: number; proxyPid?: number }[];
    };
    const found = status.workloads.find(({ name }) => name === instance);
    const pid = which === "proxy" ? found?.proxyPid : found?.pid;
    const { innerPid } = JSON.parse(readFileSync(join(this.state, "mesh.json"), "utf8")) as { innerPid?: number };
    return insideOf(innerPid, pid, `the ${which} of ${instance}`);
  }

  stop(): void {
    this.#end();
  }
}

/** @param pid  as the inside counts */
export function insideOf(innerPid: number | undefined, pid: number | undefined, what: string): Inside {
  const found = innerPid === undefined || pid === undefined ? undefined : findInside(innerPid, pid);
  if (found === undefined) throw new Error(`${what} does not run`);
  return { pid: found.pid, enter: (command) => enterWorkload(found, command) };
}
