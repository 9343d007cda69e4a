import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, type AgentWorkload, type ApplyAnswer, ControlPlane } from "#apps/cli/api-client.ts";
import { type MeshRecord, readRecord } from "#apps/up/state-directory.ts";
import { findEnvoy } from "#host/envoy-binary.ts";
import { findInside } from "#host/mesh-namespace.ts";
import { MeshApp } from "./mesh-app-remote.ts";

const root = join(import.meta.dirname, "../..");
const main = join(root, "src/apps/cli/main.ts");
const { path: envoy } = await findEnvoy();

/** Runs the test application; what it listens on is said in `env: { LISTEN: … }`. */
export const appCommand: string = JSON.stringify([process.execPath, join(root, "test/harness/mesh-app.ts")]);

/** What a command has printed, and how it ended. */
export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Waits until a condition holds, and gives what it gave. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await delay(25);
  }
}

/** What belongs to one mesh on disk, and runs commands about it; the mesh itself may run or not. */
export class MeshRoom {
  readonly home: string = mkdtempSync(join(tmpdir(), "st-"));
  readonly directory: string = join(this.home, "m");
  readonly state: string = join(this.home, "s");
  readonly #apps: string = join(this.home, "c");
  readonly env: NodeJS.ProcessEnv;
  readonly #children = new Set<ChildProcess>();

  /** @param yaml  the `stod.yaml`; `env` of its applications is set here */
  constructor(yaml: string, objects: Readonly<Record<string, string>> = {}, env: NodeJS.ProcessEnv = {}) {
    for (const directory of [this.directory, join(this.directory, "mesh"), this.#apps]) mkdirSync(directory);
    const { HOME: _, STOD_STATE: __, XDG_STATE_HOME: ___, ...inherited } = process.env;
    this.env = { ...inherited, HOME: this.home, STOD_STATE: this.state, STOD_ENVOY: envoy, ...env };
    this.saveMeshFile(yaml);
    for (const [file, text] of Object.entries(objects)) this.save(file, text);
  }

  /** Saves a file of mesh objects as editors do: written beside it, then renamed. */
  save(file: string, text: string): void {
    const path = join(this.directory, "mesh", file);
    writeFileSync(`${path}~`, text);
    renameSync(`${path}~`, path);
  }

  remove(file: string): void {
    rmSync(join(this.directory, "mesh", file));
  }

  saveMeshFile(yaml: string): void {
    writeFileSync(join(this.directory, "stod.yaml"), `env: { CONTROL: ${this.#apps} }\n${yaml}`);
  }

  /** Runs `stod` about this mesh. */
  stod(...args: string[]): Promise<Ended> {
    return this.stodReading("", ...args);
  }

  async stodReading(input: string, ...args: string[]): Promise<Ended> {
    const child = this.spawnStod(args, "pipe");
    let [out, err] = ["", ""];
    child.stdout?.on("data", (text) => (out += text));
    child.stderr?.on("data", (text) => (err += text));
    child.stdin?.on("error", () => {}).end(input);
    const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { status, out, err };
  }

  /** Starts `stod`, which ends with this process, however that ends. */
  spawnStod(args: readonly string[], stdin: "pipe" | "ignore"): ChildProcess {
    const command = ["--pdeathsig", "KILL", process.execPath, main, ...args];
    const child = spawn("setpriv", command, { env: this.env, cwd: this.home, stdio: [stdin, "pipe", "pipe"] });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  app(instance: string): MeshApp {
    return new MeshApp(join(this.#apps, `${instance}.sock`));
  }

  log(name: string): string {
    return readFileSync(join(this.state, "logs", `${name}.log`), "utf8");
  }

  /** Ends all that was started for it, at once, and takes its files away. */
  async dispose(): Promise<void> {
    const ends = [...this.#children].map((child) => new Promise((resolve) => child.once("exit", resolve)));
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.all(ends);
    await until("its processes are gone", () => {
      try {
        rmSync(this.home, { recursive: true, force: true });
        return true;
      } catch {
        return false; // Something is still writing there.
      }
    });
  }
}

/** A mesh of `stod up` that runs in the foreground of a process of its own, and that serves. */
export class Mesh {
  readonly room: MeshRoom;
  readonly process: ChildProcess;
  readonly #said: () => string;

  private constructor(room: MeshRoom, child: ChildProcess, said: () => string) {
    this.room = room;
    this.process = child;
    this.#said = said;
  }

  /** @throws where it does not come to serve, with all that it said */
  static async start(room: MeshRoom, ...flags: string[]): Promise<Mesh> {
    const child = room.spawnStod(["up", room.directory, "--port-base", "0", "--quiet", ...flags], "ignore");
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (said += text));
    const mesh = new Mesh(room, child, () => said);
    try {
      await until("the mesh serves", () => said.includes("Ctrl-C, or: stod down") || child.exitCode !== null, 60_000);
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    } catch (fault) {
      child.kill("SIGKILL");
      throw new Error(`${(fault as Error).message}; it said:\n${said}`);
    }
    return mesh;
  }

  /** All that it has printed. */
  get said(): string {
    return this.#said();
  }

  app(instance: string): MeshApp {
    return this.room.app(instance);
  }

  get record(): MeshRecord {
    const record = readRecord(this.room.state);
    if (record === undefined) throw new Error("the mesh has no mesh.json");
    return record;
  }

  get gateway(): string {
    return `http://127.0.0.1:${this.record.ports.gateway}`;
  }

  get controlPlane(): ControlPlane {
    return new ControlPlane(this.room.state);
  }

  get #agent(): Agent {
    return new Agent(this.room.state);
  }

  /**
   * Applies objects through the API, and returns when they are live on all proxies.
   *
   * @throws where any is refused, or Envoy refuses what was made of it
   */
  async apply(yaml: string): Promise<ApplyAnswer> {
    const answer = await this.controlPlane.apply({ documents: [{ file: "test.yaml", text: yaml }], wait: true });
    const { results, findings, rollout } = answer;
    const errors = [...findings, ...results.flatMap((result) => result.findings ?? [])].filter(
      ({ severity }) => severity === "error",
    );
    if (errors.length > 0) throw new Error(errors.map(({ says }) => says).join("\n"));
    if (rollout !== undefined && rollout.live !== rollout.proxies) throw new Error(JSON.stringify(rollout));
    return answer;
  }

  async delete(kind: string, namespace: string, name: string): Promise<void> {
    await this.controlPlane.delete({ kind, namespace, name }, { wait: true });
  }

  workloads(): Promise<readonly AgentWorkload[]> {
    return this.#agent.workloads();
  }

  async workload(name: string): Promise<AgentWorkload | undefined> {
    return (await this.workloads()).find((one) => one.name === name);
  }

  /** Waits until just these instances are there, and ready. */
  async untilReady(...names: string[]): Promise<void> {
    const wanted = names.sort().join();
    await until(`ready: ${wanted}`, async () => {
      const all = await this.workloads().catch(() => []);
      return all.every(({ ready }) => ready) && all.map(({ name }) => name).join() === wanted;
    });
  }

  /** What the admin interface of an instance's Envoy says. */
  admin(instance: string, path: string): Promise<string> {
    return this.#agent.proxy(instance, path);
  }

  /** Statistics of an instance's Envoy whose names match. */
  async statistics(instance: string, filter: RegExp): Promise<ReadonlyMap<string, number>> {
    const text = await this.admin(instance, `stats?filter=${encodeURIComponent(filter.source)}`);
    const pairs = text.split("\n").flatMap((line) => {
      const at = line.lastIndexOf(": ");
      return at === -1 || Number.isNaN(Number(line.slice(at + 2))) ? [] : [[line.slice(0, at), line.slice(at + 2)]];
    });
    return new Map(pairs.map(([name = "", value]) => [name, Number(value)]));
  }

  /** The sum of an instance's statistics whose names match. */
  async statistic(instance: string, filter: RegExp): Promise<number> {
    return [...(await this.statistics(instance, filter)).values()].reduce((sum, value) => sum + value, 0);
  }

  /** Kills a process of the inside, named by its number there. */
  kill(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
    const { innerPid } = this.record;
    const found = pid === undefined || innerPid === undefined ? undefined : findInside(innerPid, pid);
    if (found === undefined) throw new Error(`there is no process ${pid} inside`);
    process.kill(found.pid, signal);
  }

  /** The process of one of stod's own programs in the mesh, as the host counts; `undefined` while it does not run. */
  programPid(program: "control-plane" | "agent"): number | undefined {
    const wanted = [program, "--state", this.room.state].join("\0");
    const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && commandLine(name).includes(wanted));
    return pid === undefined ? undefined : Number(pid);
  }

  /** Ends it as Ctrl-C does, and waits; gives its exit code. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    const { process: child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // It has just ended.
  }
}

/** Starts a mesh for a test file; the file ends it with {@link endMesh}. */
export async function startMesh(yaml: string, objects: Readonly<Record<string, string>> = {}): Promise<Mesh> {
  const room = new MeshRoom(yaml, objects);
  try {
    return await Mesh.start(room);
  } catch (fault) {
    await room.dispose();
    throw fault;
  }
}

/** @param mesh  `undefined` where it never came to be */
export async function endMesh(mesh: Mesh | undefined): Promise<void> {
  await mesh?.room.dispose();
}
