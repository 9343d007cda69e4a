// setup-packages ROOT: whether node_modules holds what package-lock.json asks for; the exit code says it.
// Reads npm's own note of what it installed, and imports nothing, since what it would import may be missing.
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly link?: boolean;
}

function packagesOf(lockfile: string): Readonly<Record<string, LockedPackage>> {
  return JSON.parse(readFileSync(join(process.argv[2] ?? ".", lockfile), "utf8")).packages;
}

const installed = packagesOf("node_modules/.package-lock.json");
const isThere = ([path, asked]: [string, LockedPackage]) => {
  const found = installed[path];
  if (!path.startsWith("node_modules/")) return true;
  if (found === undefined) return asked.optional === true;
  return found.version === asked.version && found.integrity === asked.integrity;
};
process.exitCode = Object.entries(packagesOf("package-lock.json")).every(isThere) ? 0 : 1;
