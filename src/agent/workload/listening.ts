import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";

/** TCP's state LISTEN, as the kernel's tables write it. */
const listen = "0A";

/**
 * Whether something listens on a port in the network namespace of a process. It is read from the kernel's tables:
 * nothing is started or connected for it, and capture does not come into it.
 *
 * @param address  the IPv4 address to listen on; `undefined` where any will do
 */
export function isListening(pid: number, port: number, address?: string): boolean {
  const hexPort = `:${hex(port, 4)}`;
  if (address === undefined) return ["tcp", "tcp6"].some((family) => hasListener(tableOf(pid, family), hexPort));
  return (
    hasListener(tableOf(pid, "tcp"), `${inTable(address)}${hexPort}`) ||
    // Where a server has only sockets of IPv6, IPv4 addresses are written in its way.
    hasListener(tableOf(pid, "tcp6"), `0000000000000000FFFF0000${inTable(address)}${hexPort}`)
  );
}

/** An IPv4 address as the kernel's tables have it: its bytes from the last to the first. */
function inTable(address: string): string {
  if (!isIPv4(address)) throw new Error(`${address} is no IPv4 address`);
  const bytes = address.split(".").reverse();
  return bytes.map((byte) => hex(Number(byte), 2)).join("");
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, "0");
}

function tableOf(pid: number, family: string): string {
  try {
    return readFileSync(`/proc/${pid}/net/${family}`, "utf8");
  } catch {
    return "";
  }
}

/** @param ending  of the local address and port */
function hasListener(table: string, ending: string): boolean {
  return table.split("\n").some((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    return state === listen && local.endsWith(ending);
  });
}
