import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { HostFault } from "#host/host-fault.ts";
import { sweptAfterwards } from "#host/left-over.ts";
import { inDirectory, withoutPrivileges } from "#host/process-command.ts";

/** What runs in namespaces of its own, or at least under a parent that leaves nothing of it, seen from outside. */
export interface MeshNamespace {
  readonly child: ChildProcess;
  /** PID 1 of the inside as this side counts, or the one process without namespaces. `undefined` once it has ended. */
  innerPid(): number | undefined;
  /** Ends everything inside, at once. Resolves when nothing of it is left. */
  kill(): Promise<void>;
}

/**
 * The words before a command that put it into user, network, mount, PID and UTS namespaces of its own, in which it is root.
 *
 * It dies with the process that starts it, also by SIGKILL: `setpriv` comes after the user namespace, since entering one may
 * clear the signal, and `--kill-child` hands the death on to PID 1, with which the kernel ends all that runs inside. PID 1 is a
 * shell, because it takes in orphans (Node leaves those it did not start as zombies). Its last `exit` keeps it from replacing
 * itself by the command.
 */
const intoNamespaces: readonly string[] = [
  ..."unshare --user --map-root-user setpriv --pdeathsig KILL".split(" "),
  ..."unshare --net --mount --pid --uts --fork --kill-child --mount-proc".split(" "),
  ...["sh", "-c", '"$@"; exit $?', "stod-init"],
];

/**
 * Starts a command in namespaces of its own. Its standard input is a pipe that ends when the caller does, so that it can
 * end itself even where the kernel's signal should fail to arrive.
 */
export function spawnInMeshNamespace(command: readonly string[], options: InsideOptions): MeshNamespace {
  return spawnHeld([...intoNamespaces, ...command], options);
}

export interface InsideOptions {
  /** Where its output and errors go. */
  readonly stdio: readonly ["ignore" | "pipe" | number, "ignore" | "pipe" | number];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Starts a command on this machine as it is, for where nobody may make namespaces. Its standard input is a pipe that ends when
 * the caller does, at which it has to end itself; then nothing that it has started is left either.
 */
export function spawnUnderSweeper(command: readonly string[], options: InsideOptions): MeshNamespace {
  return spawnHeld([...sweptAfterwards(randomUUID()), "setpriv", "--pdeathsig", "KILL", ...command], options);
}

function spawnHeld([program = "", ...args]: readonly string[], options: InsideOptions): MeshNamespace {
  // A process group of its own: the terminal's Ctrl-C is for the outer process, which then ends the inner one in order.
  const spawnOptions: SpawnOptions = { stdio: ["pipe", ...options.stdio], env: options.env, detached: true };
  const child = spawn(program, args, spawnOptions);
  child.stdin?.on("error", () => {});
  const ended = once(child, "exit").catch(() => {});
  return {
    child,
    innerPid: () => (child.pid === undefined ? undefined : onlyChildOf(child.pid)),
    async kill() {
      const inner = child.pid === undefined ? undefined : onlyChildOf(child.pid);
      if (inner !== undefined) killIfThere(inner);
      else child.kill("SIGKILL");
      // unshare ends when PID 1 has, and the kernel lets PID 1 end only after everything inside.
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) await ended;
    },
  };
}

/**
 * Whether there is still something of an inside that is about to end, asked as often as one likes. The process around it ends last.
 *
 * @param innerPid  PID 1 of the inside, as the outside counts; `undefined` where it never came to be
 */
export function watchEnd(innerPid: number | undefined): () => boolean {
  const [, around] = /^PPid:\s+(\d+)$/m.exec(readSetting(`/proc/${innerPid}/status`) ?? "") ?? [];
  // One that has ended and that nobody has taken note of yet has no program any more.
  return () => around !== undefined && readLinkOf(around, "exe") !== undefined;
}

/** A process of an inside, as the outside sees it. */
export interface InsideProcess {
  /** As the outside counts. */
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory, as the process itself sees it. */
  readonly cwd: string;
}

/**
 * Finds a process of an inside; `undefined` where there is none. One that only waits for an application in a PID namespace
 * of its own stands for that application.
 *
 * @param innerPid  PID 1 of the inside, as the outside counts
 * @param pid  as the inside counts
 */
export function findInside(innerPid: number, pid: number): InsideProcess | undefined {
  const namespace = readLinkOf(innerPid, "ns/pid");
  if (namespace === undefined) return undefined;
  const found = readdirSync("/proc").find((name) => {
    const counted = /^NSpid:\s+.*?(\d+)$/m.exec(readSetting(`/proc/${name}/status`) ?? "");
    return Number(counted?.[1]) === pid && readLinkOf(name, "ns/pid") === namespace;
  });
  return found === undefined ? undefined : described(applicationOf(Number(found)));
}

/** Past the first process of its PID namespace, if it has one to itself. */
function applicationOf(pid: number): number {
  const first = onlyChildOf(pid);
  if (first === undefined || readLinkOf(first, "ns/pid") === readLinkOf(pid, "ns/pid")) return pid;
  return onlyChildOf(first) ?? first;
}

function described(pid: number): InsideProcess {
  const pairs = (readSetting(`/proc/${pid}/environ`) ?? "").split("\0").map((pair) => pair.split("="));
  const env = Object.fromEntries(pairs.flatMap(([key, ...value]) => (key ? [[key, value.join("=")]] : [])));
  return { pid, env, cwd: readLinkOf(pid, "cwd") ?? "/" };
}

/** Words that run a command in all the namespaces of a process of an inside, where it is, and without any capability. */
export function enterWorkload({ pid, cwd }: InsideProcess, command: readonly string[]): string[] {
  if (readLinkOf(pid, "ns/pid") === readLinkOf("self", "ns/pid")) {
    return [...inDirectory(cwd), ...withoutPrivileges(command)];
  }
  const enter = `nsenter --preserve-credentials -U -n -m -u -p -t ${pid} --`.split(" ");
  // Inside of the user namespace it is root, whoever it is here.
  return [...enter, ...inDirectory(cwd), ...withoutPrivileges(command, true)];
}

/**
 * Finds out whether this user may make namespaces here.
 *
 * @throws HostFault where not, with the kernel's word and what to do
 */
export function requireNamespaces(): void {
  const [program = "", ...args] = [...intoNamespaces, "true"];
  const tried = spawnSync(program, args, { stdio: ["ignore", "ignore", "pipe"], timeout: 10_000, encoding: "utf8" });
  if (tried.status !== 0) throw namespaceFault(tried.stderr ?? "", tried.error as NodeJS.ErrnoException | undefined);
}

/** What stands in the way of namespaces, told from the words of `unshare`. */
export function namespaceFault(stderr: string, cause?: NodeJS.ErrnoException): HostFault {
  if (cause?.code === "ENOENT") {
    return new HostFault("unshare", "it is not installed", "Install it: apt-get install util-linux", { cause });
  }
  const words = stderr.trim().split("\n")[0] || cause?.message || "no reason given";
  return new HostFault("namespaces", `this user may not make them here (${words})`, namespaceHelp(words), { cause });
}

/** The switches that distributions put in front of user namespaces, and how each is set. */
const switches: readonly [file: string, shut: string, setting: string][] = [
  ["/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"],
  ["/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"],
  ["/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=15000"],
];

function namespaceHelp(words: string): string {
  for (const [file, shut, setting] of switches) {
    if (readSetting(file) === shut) return `Run: sudo sysctl -w ${setting}`;
  }
  if (/No space left/.test(words)) return "Run: sudo sysctl -w user.max_user_namespaces=15000";
  return "In a container, start it with --privileged (or --security-opt seccomp=unconfined); else run stod as root.";
}

function readSetting(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined; // Another kernel: no such switch.
  }
}

function onlyChildOf(pid: number): number | undefined {
  const [child] = (readSetting(`/proc/${pid}/task/${pid}/children`) ?? "").split(" ");
  return child ? Number(child) : undefined;
}

function readLinkOf(pid: number | string, what: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${what}`);
  } catch {
    return undefined; // It has ended, or is no process.
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (failed) {
    if ((failed as NodeJS.ErrnoException).code !== "ESRCH") throw failed;
  }
}
