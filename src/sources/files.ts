import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Log } from "#base/log.ts";
import type { Finding } from "#findings/finding.ts";
import type { ObjectChanges } from "./files-claims.ts";
import { directoryGone } from "./files-findings.ts";
import { FileObjects, type Reading } from "./files-objects.ts";
import { readObjectFile } from "./files-read.ts";
import { watchTree } from "./files-watch.ts";

export interface WatchDirectoryOptions {
  /** Where the objects are, in files `*.yaml`, `*.yml` and `*.json` at any depth. It may be missing, and come later. */
  readonly directory: string;
  /** The namespace of objects that name none; `default` unless told. */
  readonly defaultNamespace?: string;
  /** Hears of what is different in force: at `ready` of all that is there, then once for each save. */
  readonly onObjects: (changes: ObjectChanges) => void;
  /** Hears all that is to be said about the directory, each time that it is something else. */
  readonly onFindings: (findings: readonly Finding[]) => void;
  readonly log: Log;
}

export interface WatchedDirectory {
  /** Done when the objects that were there have been told. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * How long a file must be left alone before we believe that objects are gone from it, or that it is broken. Saving takes
 * several steps (emptied, then written; moved away, then a new one), and in between a file looks just like that. What a
 * save adds or changes is in force at once.
 */
const quietMs = 100;

/**
 * Tells what objects a directory of YAML files holds, and what changes in it.
 *
 * What cannot be read or is refused leaves the last good version of its objects in force; so does a directory that
 * vanishes as a whole, which is more likely unmounted than meant.
 */
export function watchDirectory(options: WatchDirectoryOptions): WatchedDirectory {
  const directory = resolve(options.directory);
  const source = new DirectorySource(directory, options);
  const tree = watchTree(
    directory,
    (path) => source.touch(path),
    (error) => options.log.warn("watching a directory fails", { directory, error }),
  );
  return {
    ready: tree.ready.then(() => source.start()),
    async close() {
      source.stop();
      await tree.close();
    },
  };
}

class DirectorySource {
  readonly #directory: string;
  readonly #options: WatchDirectoryOptions;
  readonly #objects: FileObjects;
  /** Files that may have changed since we last looked; all of the start, before we first look. */
  readonly #touched = new Set<string>();
  /** Files that look as if they were just being written, each with the alarm at which we believe it. */
  readonly #alarms = new Map<string, NodeJS.Timeout>();
  #state: "starting" | "watching" | "stopped" = "starting";
  #planned: NodeJS.Immediate | undefined;
  #said = "[]";
  #gone = false;

  constructor(directory: string, options: WatchDirectoryOptions) {
    this.#directory = directory;
    this.#options = options;
    const { defaultNamespace = "default" } = options;
    this.#objects = new FileObjects((path) => ({ file: named(path), defaultNamespace, source: "files" }));
  }

  /** A file may have changed, or the directory itself is back. */
  touch(path: string): void {
    if (this.#state === "stopped") return;
    if (path !== this.#directory) this.#touched.add(path);
    // One look for all events of this turn, so that a save of several files is one batch.
    if (this.#state === "watching") this.#planned ??= setImmediate(() => this.#look());
  }

  start(): void {
    if (this.#state === "stopped") return;
    this.#state = "watching";
    for (const path of [...this.#touched].sort()) this.#objects.accept(this.#read(path));
    this.#touched.clear();
    this.#tell();
  }

  stop(): void {
    this.#state = "stopped";
    if (this.#planned !== undefined) clearImmediate(this.#planned);
    for (const alarm of this.#alarms.values()) clearTimeout(alarm);
  }

  #read(path: string): Reading {
    return this.#objects.read(path, readObjectFile(path));
  }

  #look(): void {
    this.#planned = undefined;
    if (this.#gone && existsSync(this.#directory)) {
      this.#gone = false;
      for (const path of this.#objects.paths) this.#touched.add(path);
    }
    const readings = [...this.#touched].sort().map((path) => this.#read(path));
    this.#touched.clear();
    for (const { path } of readings) {
      clearTimeout(this.#alarms.get(path));
      this.#alarms.delete(path);
    }
    for (const reading of readings) if (!reading.doubtful) this.#objects.accept(reading);
    for (const reading of readings) {
      if (!reading.doubtful) continue;
      // What is gone here and has come elsewhere was only moved.
      if (this.#objects.losesNothing(reading)) this.#objects.accept(reading);
      else this.#doubt(reading);
    }
    this.#tell();
  }

  #doubt({ path, content }: Reading): void {
    const alarm = setTimeout(() => {
      this.#alarms.delete(path);
      const now = this.#read(path);
      // The news of a change may be late.
      if (now.doubtful && !isDeepStrictEqual(now.content, content)) return this.#doubt(now);
      this.#gone = now.content.is === "gone" && !existsSync(this.#directory);
      if (!this.#gone) this.#objects.accept(now);
      this.#tell();
    }, quietMs);
    this.#alarms.set(path, alarm);
  }

  #tell(): void {
    const changes = this.#objects.changes();
    if (changes.set.length > 0 || changes.deleted.length > 0) this.#options.onObjects(changes);
    const at = { file: named(this.#directory), line: undefined };
    const findings = [...(this.#gone ? [directoryGone({ at })] : []), ...this.#objects.findings()];
    const said = JSON.stringify(findings);
    if (said !== this.#said) this.#options.onFindings(findings);
    this.#said = said;
  }
}

/** A file as its user would name it: as seen from here, if it is somewhere below. */
function named(path: string): string {
  const seen = relative(process.cwd(), path);
  return seen === "" || seen.startsWith("..") ? path : seen;
}
