import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Capture } from "#apps/up/capture.ts";
import { readPrivateFile, requirePrivateDirectory, writePrivateFile } from "#base/private-file.ts";
import { StateFault } from "#base/state-fault.ts";
import { HostFault } from "#host/host-fault.ts";
import { listening } from "#host/ports.ts";

/** What `mesh.json` says of a mesh that runs. */
export interface MeshRecord {
  readonly name: string;
  /** Of its `stod.yaml`; absolute. */
  readonly directory: string;
  /** Of the outer process. */
  readonly pid: number;
  /** PID 1 of the inside, as the host counts. */
  readonly innerPid: number | undefined;
  readonly ports: { readonly gateway: number | undefined; readonly dashboard: number; readonly api: number };
  /** Published ports of services: `{ "gateway:80": 8080 }`. */
  readonly published: Readonly<Record<string, number>>;
  /** Scheme of the first published port. */
  readonly scheme: "http" | "https";
  readonly capture: Capture;
  readonly startedAt: string;
  /** What the API's TCP port asks for, as a bearer token. */
  readonly token: string;
}

/** Where the state of a mesh of that name is kept, unless somebody says otherwise. */
export function defaultStateDirectory(name: string): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "stod", name);
}

/** Unix sockets have short names. */
const maxSocketPath = 107;

/**
 * Makes a state directory with its parts, for its owner only. Answers with its real path.
 *
 * @param instances  names of the instances that will have sockets in it
 * @throws StateFault where it cannot be used: whose it is, where it is, or how long its name is
 */
export function prepareStateDirectory(asked: string, instances: readonly string[]): string {
  const wanted = resolve(asked);
  if (wanted.startsWith("/run/")) {
    throw new StateFault(
      wanted,
      "a mesh has a /run of its own, which would hide it",
      "Choose another place with --state DIR.",
    );
  }
  const path = makeDirectory(wanted);
  const below = "/proxies//admin.sock".length + Math.max(20, ...instances.map((name) => name.length));
  if (Buffer.byteLength(path) + below > maxSocketPath) {
    const most = maxSocketPath - below;
    const says = `its path is ${Buffer.byteLength(path)} bytes long, and sockets in it need it to be at most ${most}`;
    throw new StateFault(path, says, "Choose a shorter one with --state DIR.");
  }
  for (const part of ["run", "logs", "proxies"]) makePart(join(path, part));
  return path;
}

function makePart(path: string): void {
  if (existsSync(path)) return;
  try {
    // Not recursive: then Node tells of a disk that is read-only or full as that.
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

function notWritable(path: string, cause: unknown): StateFault {
  const help = "Make room there, or choose a place that this user can write to with --state DIR.";
  return new StateFault(path, `it cannot be written (${(cause as Error).message})`, help, { cause });
}

function makeDirectory(path: string): string {
  try {
    const made = mkdirSync(path, { recursive: true, mode: 0o700 });
    // The process's umask may have taken more.
    if (made !== undefined) chmodSync(path, 0o700);
    const real = realpathSync(path);
    if (!statSync(real).isDirectory())
      throw new StateFault(path, "it is no directory", "Choose another one with --state DIR.");
    requirePrivateDirectory(real);
    return real;
  } catch (cause) {
    if (cause instanceof StateFault) throw cause;
    const says = `it cannot be made (${(cause as Error).message})`;
    throw new StateFault(path, says, "Choose a place that this user can write to with --state DIR.", { cause });
  }
}

/**
 * Takes the state directory for this process. The lock is a name in the kernel, so it ends with the process, however that ends, and
 * `/proc/net/unix` lists the meshes that run.
 *
 * @throws HostFault that says who has it
 */
export async function lockState(path: string): Promise<{ release(): void }> {
  const server = createServer((connection) => connection.destroy());
  try {
    await listening(server, { path: `\0${lockPrefix}${path}` });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
    const record = readRecord(path);
    const who =
      record === undefined
        ? "another stod up"
        : `the mesh ${record.name} of ${record.directory} (process ${record.pid})`;
    const help = "Look at it with: stod status. End it with: stod down. Or choose another place with --state DIR.";
    throw new HostFault(path, `${who} runs with this state`, help, { cause });
  }
  return { release: () => void server.close() };
}

const lockPrefix = "stod-mesh:";

/** State directories of the meshes that run on this machine. */
export function lockedStates(socketsOfKernel = readFileSync("/proc/net/unix", "utf8")): readonly string[] {
  const mark = ` @${lockPrefix}`;
  const paths = socketsOfKernel.split("\n").flatMap((line) => {
    const at = line.indexOf(mark);
    return at === -1 ? [] : [line.slice(at + mark.length)];
  });
  return [...new Set(paths)].sort();
}

export function writeRecord(state: string, record: MeshRecord): void {
  const path = join(state, "mesh.json");
  try {
    writePrivateFile(path, `${JSON.stringify(record, undefined, 2)}\n`);
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

/** What the state directory says of its mesh; `undefined` where it says nothing, or nothing that can be read. */
export function readRecord(state: string): MeshRecord | undefined {
  try {
    const record = JSON.parse(readPrivateFile(join(state, "mesh.json"), 64 << 10)) as MeshRecord;
    return typeof record.name === "string" && typeof record.pid === "number" ? record : undefined;
  } catch {
    return undefined; // No mesh, somebody else's, or cut off: then it is not one that runs.
  }
}

/** Takes away what only a running mesh needs. */
export function clearRun(state: string): void {
  rmSync(join(state, "mesh.json"), { force: true });
  rmSync(join(state, "run"), { recursive: true, force: true });
}
