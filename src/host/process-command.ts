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
}

export const parentsSurroundings: Surroundings = { netns: undefined, hostname: undefined, files: [], hidden: [] };

/** What a child may do. */
export interface Privileges {
  /** Killed by the kernel when its parent dies, however it dies. */
  readonly dieWithParent: boolean;
  /** No capability, and no way to get one: it cannot mark sockets, so it cannot slip past capture. */
  readonly unprivileged: boolean;
  /** A user to run as, by name or number; `undefined` for the parent's. */
  readonly user: string | undefined;
}

/**
 * The argument vector that starts a command in its surroundings with its privileges. Every program on the way replaces
 * itself, so the process that was spawned becomes the command.
 */
export function commandLine(command: readonly string[], where: Surroundings, may: Privileges): string[] {
  return [...enterNetwork(where), ...ownMounts(where), ...privileges(may), ...command];
}

function enterNetwork({ netns }: Surroundings): string[] {
  return netns === undefined ? [] : ["nsenter", `--net=${netns}`, "--"];
}

function ownMounts({ hostname, files, hidden }: Surroundings): string[] {
  const steps: string[] = [];
  const values: string[] = [];
  const value = (text: string) => `"\${${values.push(text)}}"`;
  if (hostname !== undefined) steps.push(`hostname ${value(hostname)}`);
  for (const { source, target } of files) steps.push(`mount --bind ${value(source)} ${value(target)}`);
  for (const path of hidden) steps.push(`mount -t tmpfs -o ro,size=4k,mode=0555 none ${value(path)}`);
  if (steps.length === 0) return [];
  const script = ["set -e", ...steps, `shift ${values.length}`, 'exec "$@"'].join("; ");
  const unshare = ["unshare", "--mount", ...(hostname === undefined ? [] : ["--uts"]), "--"];
  return [...unshare, "sh", "-c", script, "sh", ...values];
}

function privileges({ dieWithParent, unprivileged, user }: Privileges): string[] {
  const flags: string[] = [];
  if (user !== undefined) flags.push("--reuid", user, "--regid", user, "--init-groups");
  if (dieWithParent) flags.push("--pdeathsig", "KILL");
  if (unprivileged) flags.push("--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs");
  return flags.length === 0 ? [] : ["setpriv", ...flags, "--"];
}
