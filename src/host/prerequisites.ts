import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { HostFault } from "#host/host-fault.ts";

/** The Debian package of each program of the machine that stod runs. */
const packages = {
  ip: "iproute2",
  nft: "nftables",
  nsenter: "util-linux",
  setpriv: "util-linux",
  unshare: "util-linux",
  python3: "python3",
} as const;

export type Program = keyof typeof packages;

/** What a mesh on this machine needs: namespaces, links between them, and capture. */
export const meshPrograms: readonly Program[] = ["ip", "nft", "nsenter", "setpriv", "unshare"];

/** What it needs where nothing is captured. */
export const explicitPrograms: readonly Program[] = ["setpriv"];

/** Administrators' programs live where not every user's PATH looks. */
const administrators = ["/usr/sbin", "/sbin"];

/** Where a program lies, on PATH or among the administrators' programs; `undefined` if nowhere. */
export function findProgram(name: string, path = process.env.PATH ?? ""): string | undefined {
  const directories = [...path.split(delimiter).filter(Boolean), ...administrators];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

/** @throws HostFault that names everything that is missing, and the one command that installs it on Debian */
export function requirePrograms(programs: readonly Program[]): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) throw missingFault(missing);
}

export function missingFault(missing: readonly Program[]): HostFault {
  const install = [...new Set(missing.map((program) => packages[program]))].join(" ");
  const says = missing.length === 1 ? "it is not installed" : "they are not installed";
  return new HostFault(missing.join(", "), says, `Install what is missing, on Debian with: apt-get install ${install}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
