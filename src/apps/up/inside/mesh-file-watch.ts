import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { ReadMeshFile } from "#apps/up/mesh-file/read-mesh-file.ts";
import { milliseconds } from "#base/duration.ts";

/** Editors write a file in several steps; this long after the last one it is read. */
const settling = milliseconds(40);

/** Calls back with what the file says, whenever it says something else than before. */
export function watchMeshFile(
  path: string,
  text: string,
  onChange: (read: ReadMeshFile) => void,
  signal: AbortSignal,
): void {
  let known = text;
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    // Between an editor's two renames there is no file for a moment; the second rename is seen as well.
    const now = await readFile(path, "utf8").catch(() => undefined);
    if (now === undefined || now === known || signal.aborted) return;
    known = now;
    // Most meshes run and end without it.
    const { readMeshFile } = await import("#apps/up/mesh-file/read-mesh-file.ts");
    onChange(readMeshFile(now, path));
  };
  // The directory, since a file that is replaced takes its watch along.
  const watcher = watch(dirname(path), { signal, persistent: false }, (_, name) => {
    if (name !== null && name !== basename(path)) return;
    clearTimeout(timer);
    timer = setTimeout(look, settling.ms);
  });
  // A directory that goes away is seen no more; what runs goes on.
  watcher.on("error", () => {});
}
