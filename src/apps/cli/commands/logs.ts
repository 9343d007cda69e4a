import { existsSync } from "node:fs";
import { join } from "node:path";
import { Up } from "#apps/cli/api-client.ts";
import { paintFor } from "#apps/cli/terminal.ts";
import { instancesCalled } from "#apps/cli/which-instance.ts";
import { followLogs, lastLines } from "#apps/up/follow-logs.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import { visibleInColour } from "#base/visible.ts";
import { HostFault } from "#host/host-fault.ts";

interface LogsFlags extends WhichMesh {
  readonly proxy?: boolean;
  readonly follow?: boolean;
  readonly tail: number;
}

/** Logs of stod's own programs. */
const programs: readonly string[] = ["control-plane", "agent", "up"];

export async function runLogs(asked: string, { proxy, follow, tail, ...which }: LogsFlags): Promise<void> {
  const state = endedWithLog(asked, which) ?? findMesh(which).state;
  const directory = join(state, "logs");
  const names = (await namesOf(asked, state)).map((name) => (proxy ? `${name}.proxy` : name));
  const there = names.filter((name) => existsSync(join(directory, `${name}.log`)));
  if (there.length === 0 && !follow)
    throw new HostFault(asked, "it has printed nothing yet", "Follow what comes with -f.");
  const paint = paintFor(process.stdout);
  const width = Math.max(...names.map((name) => name.length));
  const onLine = (name: string, line: string) => {
    const prefix = names.length === 1 ? "" : `${paint.byName(name, name.padEnd(width))} ${paint.dim("|")} `;
    // A terminal would obey what a workload prints; a file gets it as it is.
    process.stdout.write(`${prefix}${process.stdout.isTTY ? visibleInColour(line) : line}\n`);
  };
  const from = new Map<string, number>();
  for (const name of there) {
    const { lines, end } = lastLines(join(directory, `${name}.log`), tail);
    from.set(name, end);
    for (const line of lines) onLine(name, line);
  }
  if (!follow) return;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  followLogs({ directory, wanted: (name) => names.includes(name), onLine, signal: stop.signal, from, olderFrom: 0 });
}

/** The state directory that was named, where it has this very log: it can also be read when its mesh has ended. */
function endedWithLog(asked: string, { state = process.env.STOD_STATE }: WhichMesh): string | undefined {
  if (!state || !/^[\w.-]+$/.test(asked)) return undefined;
  return existsSync(join(state, "logs", `${asked}.log`)) ? state : undefined;
}

async function namesOf(asked: string, state: string): Promise<readonly string[]> {
  if (programs.includes(asked)) return [asked];
  // Also where nobody answers any more: what is left to read is the files.
  if (existsSync(join(state, "logs", `${asked}.log`))) return [asked];
  return instancesCalled(asked, await new Up(state).instances()).map(({ name }) => name);
}
