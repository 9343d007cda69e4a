import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { UpInstance } from "#apps/cli/api-client.ts";
import type { Paint } from "#apps/cli/terminal.ts";
import { followLogs } from "#apps/up/follow-logs.ts";
import type { InsideEvent } from "#apps/up/inside/events.ts";
import { hints, workloadTable } from "#apps/up/outside/summary.ts";
import type { MeshRecord } from "#apps/up/state-directory.ts";
import { seconds } from "#base/duration.ts";

/** Where a mesh that starts is shown. */
export interface Stage {
  readonly print: (text: string) => void;
  readonly paint: Paint;
}

/** A mesh that takes longer than this has its workloads' output shown, and says what it waits for. */
const patience = seconds(8);

/** Logs of stod's own programs, which a user of the mesh asks for by name. */
const programs: readonly string[] = ["control-plane", "agent", "up"];

/** Shows how a mesh comes up: a line for each instance that is ready, and when all are, the table and what to do next. */
export class Presentation {
  readonly #stage: Stage;
  readonly #isDetached: boolean;
  readonly #startedAt = performance.now();
  readonly #ready = new Set<string>();
  #instances: readonly UpInstance[] = [];
  #serving = false;

  /** @param isDetached  whether the mesh goes on when the command that shows it has ended */
  constructor(stage: Stage, isDetached: boolean) {
    this.#stage = stage;
    this.#isDetached = isDetached;
  }

  hear(event: InsideEvent, record: MeshRecord | undefined): void {
    if (event.is === "instances") this.#hearInstances(event.instances);
    if (event.is === "note") this.#stage.print(this.#stage.paint.yellow(event.text));
    if (event.is === "serving" && record !== undefined) this.#summarize(record, event.withoutControlPlane ?? false);
  }

  /** What is not ready, told once after a while; never where all is. */
  tellWhenLate(): NodeJS.Timeout {
    return setTimeout(() => {
      const late = this.#instances.filter(({ ready }) => !ready).map(({ name, state }) => `  ${name}: ${state}`);
      if (!this.#serving && late.length > 0)
        this.#stage.print(this.#stage.paint.yellow(`not ready yet:\n${late.join("\n")}`));
    }, patience.ms).unref();
  }

  #hearInstances(instances: readonly UpInstance[]): void {
    const { print, paint } = this.#stage;
    this.#instances = instances;
    const names = new Set(instances.map(({ name }) => name));
    for (const name of this.#ready) {
      if (names.has(name)) continue;
      this.#ready.delete(name);
      print(`${paint.dim("gone")}   ${name}`);
    }
    for (const { name, ready, state } of instances) {
      if (ready === this.#ready.has(name)) continue;
      if (ready) this.#ready.add(name);
      else this.#ready.delete(name);
      const when = this.#serving ? "" : paint.dim(` ${((performance.now() - this.#startedAt) / 1000).toFixed(1)} s`);
      print(ready ? `${paint.green("ready")}  ${name}${when}` : `${paint.yellow(state)}  ${name}`);
    }
  }

  #summarize(record: MeshRecord, withoutControlPlane: boolean): void {
    this.#serving = true;
    const { print, paint } = this.#stage;
    print(`\n${workloadTable(this.#instances, paint)}\n\n${hints(record, this.#instances, paint, this.#isDetached)}\n`);
    if (withoutControlPlane)
      print(
        paint.red("The control plane does not run, so changes of the mesh do nothing. Why: stod logs control-plane\n"),
      );
  }
}

/** Shows what workloads print, each line with its instance in front, from where their logs are now. */
export function showOutput(stateDirectory: string, { print, paint }: Stage): { begin(): void; end(): void } {
  const directory = join(stateDirectory, "logs");
  const isOfWorkload = (name: string) => !name.endsWith(".proxy") && !programs.includes(name);
  const from = new Map(readdirSync(directory).map((file) => [file.slice(0, -4), statSync(join(directory, file)).size]));
  const stop = new AbortController();
  let begun = false;
  let widest = 0;
  const onLine = (name: string, line: string) => {
    widest = Math.max(widest, name.length);
    print(`${paint.byName(name, name.padEnd(widest))} ${paint.dim("|")} ${line}`);
  };
  const begin = () => {
    if (begun || stop.signal.aborted) return;
    begun = true;
    followLogs({ directory, wanted: isOfWorkload, onLine, signal: stop.signal, from, olderFrom: 0 });
  };
  const late = setTimeout(begin, patience.ms).unref();
  const end = () => {
    clearTimeout(late);
    stop.abort();
  };
  return { begin, end };
}
