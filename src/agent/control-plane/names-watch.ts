import { readFileSync } from "node:fs";
import type { ControlPlaneApi } from "#agent/control-plane/api.ts";
import { NameTable, parseNamesChange } from "#agent/dns/name-table.ts";
import type { Upstream } from "#agent/relay/upstream.ts";
import { backoff } from "#base/backoff.ts";
import { milliseconds, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { writePrivateFile } from "#base/private-file.ts";

const writtenAfter = milliseconds(200);

/** Keeps the table of host names as the control plane has it, and on disk for the time when that is away. */
export class NamesWatch {
  readonly names: NameTable = new NameTable();
  readonly #path: string;
  readonly #api: ControlPlaneApi;
  readonly #upstream: Upstream;
  readonly #log: Log;
  readonly #backoff = backoff(milliseconds(50), seconds(5));
  readonly #abort = new AbortController();
  readonly #unwatch: () => void;
  #open = false;
  #retry: NodeJS.Timeout | undefined;
  #write: NodeJS.Timeout | undefined;

  /** @param path  file of the table */
  constructor(path: string, api: ControlPlaneApi, upstream: Upstream, log: Log) {
    this.#path = path;
    this.#api = api;
    this.#upstream = upstream;
    this.#log = log;
    this.#load();
    this.#unwatch = upstream.onChange(() => this.#follow());
    this.#follow();
  }

  close(): void {
    this.#unwatch();
    this.#abort.abort();
    clearTimeout(this.#retry);
    clearTimeout(this.#write);
  }

  async #follow(): Promise<void> {
    if (this.#open || this.#upstream.reach !== "up" || this.#abort.signal.aborted) return;
    clearTimeout(this.#retry);
    this.#open = true;
    try {
      await this.#api.lines("/v1/names?watch", (line) => this.#line(line), this.#abort.signal);
    } catch (fault) {
      this.#log.debug("the control plane's names cannot be watched", { says: (fault as Error).message });
    }
    this.#open = false;
    if (!this.#abort.signal.aborted) this.#retry = setTimeout(() => this.#follow(), this.#backoff.next().ms);
  }

  #line(line: string): void {
    if (line.trim() === "") return;
    const change = parseNamesChange(line);
    if (change === undefined) {
      this.#log.warn("the control plane sent names that cannot be read");
      return;
    }
    this.#backoff.reset();
    this.names.apply(change);
    clearTimeout(this.#write);
    this.#write = setTimeout(() => this.#save(), writtenAfter.ms);
  }

  #save(): void {
    try {
      writePrivateFile(this.#path, JSON.stringify({ names: this.names.toNames() }));
    } catch (fault) {
      this.#log.warn("the table of names could not be written", { says: (fault as Error).message });
    }
  }

  #load(): void {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch {
      return;
    }
    const kept = parseNamesChange(text);
    if (kept !== undefined) this.names.apply(kept);
  }
}
