import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** A pipe of the kernel's: what a child writes to one end comes out of the other. */
export interface Pipe {
  readonly reader: Readable;
  /** File descriptor for a child; to be closed here once that has it, or the pipe never ends. */
  readonly writer: number;
}

/**
 * Makes a pipe for a child's output. The ones that Node makes are sockets, and those cannot be opened again as
 * `/dev/stdout`, which Envoy, nginx and many others do. Node has no call for a real one, so it comes by a name that is
 * gone a moment later.
 */
export function makePipe(): Pipe {
  const directory = mkdtempSync(join(tmpdir(), "stod-pipe-"));
  try {
    const path = join(directory, "pipe");
    // Nobody can get at it by its name, and the child may run as another user.
    execFileSync("mkfifo", ["-m", "666", path]);
    const from = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const writer = openSync(path, constants.O_WRONLY);
      const reader = new Socket({ fd: from, readable: true, writable: false });
      return { reader, writer };
    } catch (cause) {
      closeSync(from);
      throw cause;
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}
