import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { StateFault } from "#base/state-fault.ts";

/**
 * Writes a file that only its owner may read (0600), whole or not at all: a reader sees the old content or the new,
 * also after a crash.
 */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw cause;
  }
  syncDirectory(dirname(path));
}

/** Makes the names in a directory outlast a power cut. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * The text of a file that holds a secret.
 *
 * @param maxBytes  a larger file is refused: it is not what we wrote
 * @throws StateFault where others than its owner may read or write it, or somebody else owns it
 */
export function readPrivateFile(path: string, maxBytes: number): string {
  const file = openSync(path, "r");
  try {
    const { mode, uid, size } = fstatSync(file);
    refuseOpenMode(path, { mode, uid, wanted: "600" });
    if (size > maxBytes) {
      throw new StateFault(
        path,
        `it has ${size} bytes, and at most ${maxBytes} are expected`,
        "Put the right file in its place.",
      );
    }
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/** @throws StateFault where others than its owner may look into the directory, or somebody else owns it */
export function requirePrivateDirectory(path: string): void {
  const { mode, uid } = statSync(path);
  refuseOpenMode(path, { mode, uid, wanted: "700" });
}

/** @throws StateFault where others than its owner may read or write the file, or somebody else owns it */
export function requirePrivateFile(path: string): void {
  const { mode, uid } = statSync(path);
  refuseOpenMode(path, { mode, uid, wanted: "600" });
}

function refuseOpenMode(path: string, { mode, uid, wanted }: { mode: number; uid: number; wanted: string }): void {
  const me = process.getuid?.();
  if (me !== undefined && uid !== me) {
    throw new StateFault(
      path,
      `it belongs to user ${uid}, and stod runs as user ${me}`,
      `Run: chown ${me} ${quoted(path)}`,
    );
  }
  if ((mode & 0o077) !== 0) {
    const has = (mode & 0o777).toString(8);
    throw new StateFault(
      path,
      `its mode is ${has}, so others than its owner may use it`,
      `Run: chmod ${wanted} ${quoted(path)}`,
    );
  }
}

/** A path as a shell takes it. */
export function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
