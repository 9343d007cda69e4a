import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second for every program that reads /proc. */
const ticksPerSecond = 100;
const mebibyte = 1024;

/** What a process has cost since a mark. */
export interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Most memory resident at a time since the mark. */
  readonly peakMiB: number;
  /** Memory resident now. */
  readonly residentMiB: number;
}

/** CPU that a process has used since it began, its threads' included. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The program's name, in brackets, may have blanks in it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The same of its threads that still run, to the nanosecond. */
export function threadSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return spent.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1e9;
}

/** Memory of a process that is backed by no file, in MiB: what its configuration and traffic need. */
export function anonymousMiB(pid: number): number {
  return Number(/^Anonymous:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / mebibyte;
}

export function residentMiB(pid: number): number {
  return statusMiB(pid, "VmRSS");
}

/** Starts to count; the answer says what was spent since. */
export function markCost(pid: number): () => Cost {
  writeFileSync(`/proc/${pid}/clear_refs`, "5"); // begins a new peak
  const cpu = cpuSeconds(pid);
  const begin = performance.now();
  return () => ({
    cpuSeconds: cpuSeconds(pid) - cpu,
    wallSeconds: (performance.now() - begin) / 1000,
    peakMiB: statusMiB(pid, "VmHWM"),
    residentMiB: residentMiB(pid),
  });
}

function statusMiB(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / mebibyte;
}
