import { basename, join } from "node:path";
import { watch } from "chokidar";
import { isObjectFile } from "./files-read.ts";

export interface WatchedTree {
  /** Done once every file that was there has been touched. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * Watches a directory and what is below it, links included, and calls `touched` with each file of objects that may be
 * new, changed or gone, and with the directory itself when it comes; more often than needed rather than too seldom.
 *
 * chokidar's own events find what appears and goes, but a second change within 50 ms only afterwards. Its raw events
 * come at once for each write, and know nothing of what they are about. So both are listened to, and the file's content
 * decides.
 */
export function watchTree(
  directory: string,
  touched: (path: string) => void,
  failed: (error: Error) => void,
): WatchedTree {
  const hidden = (path: string) => path !== directory && /^[.#]/.test(basename(path));
  const watcher = watch(directory, { atomic: false, ignored: (path) => hidden(path), ignorePermissionErrors: true });
  const touch = (path: string) => {
    if (isObjectFile(basename(path))) touched(path);
  };
  watcher.on("all", (event, path) => {
    if (event === "addDir" && path === directory) touched(path);
    else if (event !== "addDir" && event !== "unlinkDir") touch(path);
  });
  watcher.on("raw", (_event, name, details) => {
    const watched = (details as { readonly watchedPath?: string } | undefined)?.watchedPath;
    if (watched === undefined) return;
    touch(watched);
    if (typeof name === "string" && watched !== name) touch(join(watched, basename(name)));
  });
  watcher.on("error", (error) => failed(error as Error));
  return {
    ready: new Promise((resolve) => watcher.once("ready", () => resolve())),
    close: () => watcher.close(),
  };
}
