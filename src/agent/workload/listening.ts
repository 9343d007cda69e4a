import { readFileSync } from "node:fs";

/** TCP's state LISTEN, as the kernel's tables write it. */
const listen = "0A";

/**
 * Whether something listens on a port in the network namespace of a process. It is read from the kernel's tables:
 * nothing is started or connected for it, and capture does not come into it.
 */
export function isListening(pid: number, port: number): boolean {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return ["tcp", "tcp6"].some((family) => hasListener(tableOf(pid, family), hexPort));
}

function tableOf(pid: number, family: string): string {
  try {
    return readFileSync(`/proc/${pid}/net/${family}`, "utf8");
  } catch {
    return "";
  }
}

function hasListener(table: string, hexPort: string): boolean {
  return table.split("\n").some((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return state === listen && local.endsWith(`:${hexPort}`);
  });
}
