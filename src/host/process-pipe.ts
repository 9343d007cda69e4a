import { execFileSync } from "node:child_process";
import { constants, mkdtempSync, openSync, rmSync } from "node:fs";
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

interface Ends {
  readonly from: number;
  readonly writer: number;
}

/** So many are made at a time: making one takes a process. */
const batch = 8;
const spare: Ends[] = [];

/**
 * A pipe for a child's output. The ones that Node makes are sockets, and those cannot be opened again as `/dev/stdout`,
 * which Envoy, nginx and many others do. Node has no call for a real one, so it comes by a name that is gone a moment
 * later.
 */
export function makePipe(): Pipe {
  if (spare.length === 0) spare.push(...makeEnds(batch));
  const { from, writer } = spare.pop() as Ends;
  return { reader: new Socket({ fd: from, readable: true, writable: false }), writer };
}

function makeEnds(count: number): Ends[] {
  const directory = mkdtempSync(join(tmpdir(), "stod-pipe-"));
  try {
    const paths = Array.from({ length: count }, (_, n) => join(directory, `${n}`));
    // Nobody can get at them by their names, and the child may run as another user.
    execFileSync("mkfifo", ["-m", "666", ...paths]);
    return paths.map((path) => {
      const from = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      return { from, writer: openSync(path, constants.O_WRONLY) };
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
