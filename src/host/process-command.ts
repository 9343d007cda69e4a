import { readFileSync } from "node:fs";

/** Where a child lives: which of its parent's namespaces it does not share, and what it finds there. */
export interface Surroundings {
  /** Path of a network namespace, such as `/run/netns/reviews-v1-0`; `undefined` for the parent's own. */
  readonly netns: string | undefined;
  /** Host name in a UTS namespace of its own; `undefined` for the parent's. */
  readonly hostname: string | undefined;
  /** Files that lie over others in a mount namespace of its own, such as its `/etc/hosts`. */
  readonly files: readonly { readonly source: string; readonly target: string }[];
  /** Directories that it sees empty, such as the one with the mesh's keys. */
  readonly hidden: readonly string[];
  /** Its working directory, where that is in a hidden one and stays; `undefined` where nothing in them does. */
  readonly kept: string | undefined;
  /** In a PID namespace of its own: it sees none of the mesh's other processes, so it cannot signal or trace them. */
  readonly alone: boolean;
  /** In all the namespaces of a process that was started alone, which says the rest; `undefined` for none. */
  readonly beside: Beside | undefined;
}

export interface Beside {
  /** Of what waits for that process. */
  readonly pid: number;
  /** To enter a mount namespace leads to its root, so a working directory must be named. */
  readonly cwd: string;
}

export const parentsSurroundings: Surroundings = {
  netns: undefined,
  hostname: undefined,
  files: [],
  hidden: [],
  kept: undefined,
  alone: false,
  beside: undefined,
};

/** What a child may do. */
export interface Privileges {
  /** Killed by the kernel when its parent dies, however it dies. */
  readonly dieWithParent: boolean;
  /**
   * All that its parent has, or these alone and no way to get others: without `net_admin` it cannot mark sockets, so it
   * cannot slip past capture.
   */
  readonly capabilities: "all" | readonly string[];
  /** A user to run as, by name or number; `undefined` for the parent's. */
  readonly user: string | undefined;
}

/**
 * The argument vector that starts a command in its surroundings with its privileges. Every program on the way replaces
 * itself, so the process that was spawned becomes the command; or, where that is alone, the one that waits for it.
 */
export function commandLine(command: readonly string[], where: Surroundings, may: Privileges): string[] {
  if (where.beside !== undefined) return [...enterAll(where.beside), ...privileges(may), ...command];
  const way = [...enterNetwork(where), ...ownMounts(where)];
  if (!where.alone) return [...way, ...privileges(may), ...command];
  return [...way, ...dieWithParent(may), ...ownProcesses, ...privileges(may), ...firstProcess, ...command];
}

const ownProcesses: readonly string[] = "unshare --pid --fork --kill-child --mount-proc --".split(" ");

/**
 * The first process of a PID namespace hears no signal that it has not asked for, and must take in orphans: few
 * applications are made for that, and a shell is. What it says of signals itself is kept out of the application's
 * output; that there is no such program is said by `setpriv`, which replaces itself by it.
 */
const firstProcess: readonly string[] = [
  ...["sh", "-c", 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?', "init"],
  ...["setpriv", "--no-new-privs", "--"],
];

function dieWithParent(may: Privileges): string[] {
  return privileges({ dieWithParent: may.dieWithParent, capabilities: "all", user: undefined });
}

function enterNetwork({ netns }: Surroundings): string[] {
  return netns === undefined ? [] : ["nsenter", `--net=${netns}`, "--"];
}

function enterAll({ pid, cwd }: Beside): string[] {
  const of = (file: string) => `/proc/${pid}/ns/${file}`;
  const namespaces = [`--net=${of("net")}`, `--uts=${of("uts")}`, `--mount=${of("mnt")}`];
  return ["nsenter", ...namespaces, `--pid=${of("pid_for_children")}`, "--", ...inDirectory(cwd)];
}

/** The working directory is still the one below what now hides it: it is put there again, and entered by its name. */
function hideAround(kept: string, path: string): string[] {
  return [
    `mount -t tmpfs -o size=64k,mode=0555 none ${path}`,
    `mkdir -p ${kept}`,
    `mount --no-canonicalize --bind /proc/self/cwd ${kept}`,
    `cd ${kept}`,
  ];
}

/** Words before a command that carry it out in a directory. */
export function inDirectory(path: string): string[] {
  return ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", path];
}

function ownMounts({ hostname, files, hidden, kept }: Surroundings): string[] {
  const steps: string[] = [];
  const values: string[] = [];
  const value = (text: string) => `"\${${values.push(text)}}"`;
  if (hostname !== undefined) steps.push(`hostname ${value(hostname)}`);
  for (const { source, target } of files) steps.push(`mount --bind ${value(source)} ${value(target)}`);
  for (const path of hidden) {
    if (kept?.startsWith(`${path}/`)) steps.push(...hideAround(value(kept), value(path)));
    else steps.push(`mount -t tmpfs -o ro,size=4k,mode=0555 none ${value(path)}`);
  }
  if (steps.length === 0) return [];
  const script = ["set -e", ...steps, `shift ${values.length}`, 'exec "$@"'].join("; ");
  const unshare = ["unshare", "--mount", ...(hostname === undefined ? [] : ["--uts"]), "--"];
  return [...unshare, "sh", "-c", script, "sh", ...values];
}

function privileges({ dieWithParent, capabilities, user }: Privileges): string[] {
  const flags: string[] = [];
  if (user !== undefined) flags.push("--reuid", user, "--regid", user, "--init-groups");
  if (dieWithParent) flags.push("--pdeathsig", "KILL");
  if (capabilities !== "all") flags.push(...onlyCapabilities(capabilities, mayDropCapabilities));
  return flags.length === 0 ? [] : ["setpriv", ...flags, "--"];
}

/**
 * A command with every capability taken from it, for good.
 *
 * @param privileged  whether it starts with any that it could have again
 */
export function withoutPrivileges(command: readonly string[], privileged: boolean = mayDropCapabilities): string[] {
  return ["setpriv", ...onlyCapabilities([], privileged), "--ambient-caps", "-all", "--", ...command];
}

/** Who may not take capabilities from others has none to take, and `no-new-privs` keeps it at that. */
function onlyCapabilities(names: readonly string[], mayDrop: boolean): string[] {
  const kept = ["-all", ...names.map((name) => `+${name}`)].join(",");
  return [...(mayDrop ? ["--bounding-set", kept] : []), "--inh-caps", "-all", "--no-new-privs"];
}

/** Whether this process has CAP_SETPCAP, which lets it take capabilities from what it starts. */
const mayDropCapabilities: boolean = (() => {
  const effective = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const setpcap = 1n << 8n;
  return (BigInt(`0x${effective}`) & setpcap) !== 0n;
})();
