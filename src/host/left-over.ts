import { readdirSync, readFileSync } from "node:fs";

/** The variable whose value all processes of one inside without namespaces have in common. */
export const insideMark = "STOD_INSIDE";

/**
 * Words before a command that run it with a mark in its environment, and then kill what is left of it, down to what has left
 * its process groups: all that has the mark.
 */
export function sweptAfterwards(mark: string): string[] {
  const variable = `${insideMark}=${mark}`;
  return ["sh", "-c", sweep, "stod-sweeper", variable, "env", variable];
}

const sweep = `
  mark=$1; shift
  "$@"; status=$?
  while left=$(grep -lzxF -- "$mark" /proc/[0-9]*/environ 2>/dev/null); [ -n "$left" ]; do
    for file in $left; do pid=\${file#/proc/}; kill -KILL "\${pid%/environ}" 2>/dev/null; done
  done
  exit $status`;

/** Kills every process that has all of these in its environment, written as `NAME=VALUE`. */
export function killLeftOver(variables: readonly string[]): void {
  if (variables.length === 0) return;
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const own = new Set(environmentOf(pid));
    if (variables.every((variable) => own.has(variable))) killIfThere(Number(pid));
  }
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // It has just ended, or is somebody else's.
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (failed) {
    if ((failed as NodeJS.ErrnoException).code !== "ESRCH") throw failed;
  }
}
