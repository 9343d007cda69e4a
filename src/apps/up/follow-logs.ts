import { closeSync, existsSync, openSync, readdirSync, readSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

export interface FollowOptions {
  /** The mesh's `logs/`. */
  readonly directory: string;
  /** Which files, by name without `.log`. */
  readonly wanted: (name: string) => boolean;
  readonly onLine: (name: string, line: string) => void;
  readonly signal: AbortSignal;
  /** Where to begin in files that are there already; their end where nothing is said. */
  readonly from?: ReadonlyMap<string, number>;
  /** Where to begin in those that `from` does not name. */
  readonly olderFrom?: number;
}

interface Followed {
  offset: number;
  rest: string;
  readonly decoder: StringDecoder;
}

/** Calls back for each line that is added to logs, from now on; logs that come later are followed from their beginning. */
export function followLogs({ directory, wanted, onLine, signal, from, olderFrom }: FollowOptions): void {
  const followed = new Map<string, Followed>();
  const follow = (file: string, offset: number) => {
    if (!file.endsWith(".log") || !wanted(file.slice(0, -4))) return;
    followed.set(file, {
      offset: from?.get(file.slice(0, -4)) ?? offset,
      rest: "",
      decoder: new StringDecoder("utf8"),
    });
  };
  for (const file of readdirSync(directory)) follow(file, olderFrom ?? statSync(join(directory, file)).size);
  const read = (file: string) => {
    const log = followed.get(file);
    if (log !== undefined) readMore(join(directory, file), log, (line) => onLine(file.slice(0, -4), line));
  };
  const watcher = watch(directory, { signal, persistent: true }, (_, file) => {
    if (file === null) return;
    if (!followed.has(file)) follow(file, 0);
    read(file);
  });
  watcher.on("error", () => {});
  for (const file of followed.keys()) read(file);
}

/** More than this at once is left for the next look. */
const chunk = Buffer.alloc(256 << 10);

function readMore(path: string, log: Followed, onLine: (line: string) => void): void {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    // A shorter file was begun anew.
    if (statSync(path).size < log.offset) Object.assign(log, { offset: 0, rest: "" });
    for (;;) {
      const count = readSync(file, chunk, 0, chunk.length, log.offset);
      if (count === 0) return;
      log.offset += count;
      const lines = (log.rest + log.decoder.write(chunk.subarray(0, count))).split("\n");
      log.rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    }
  } finally {
    closeSync(file);
  }
}

/** The last lines of a log, and where the file ended then. */
export function lastLines(path: string, count: number): { readonly lines: readonly string[]; readonly end: number } {
  const file = openSync(path, "r");
  try {
    const { size } = statSync(path);
    let start = size;
    let text = Buffer.alloc(0);
    const step = 64 << 10;
    const enough = () => text.filter((byte) => byte === 0x0a).length > count;
    while (start > 0 && !enough()) {
      const length = Math.min(step, start);
      start -= length;
      const part = Buffer.alloc(length);
      readSync(file, part, 0, length, start);
      text = Buffer.concat([part, text]);
    }
    const lines = text.toString().split("\n");
    if (lines.at(-1) === "") lines.pop();
    return { lines: count === 0 ? [] : lines.slice(-count), end: size };
  } finally {
    closeSync(file);
  }
}
