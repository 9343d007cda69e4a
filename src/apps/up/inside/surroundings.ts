import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { meshBridge } from "#apps/up/inside/addresses.ts";

/** Files that lie over the machine's for one instance, as the agent takes them. */
export type OverlaidFiles = readonly { readonly source: string; readonly target: string }[];

const overlays = "/run/stod";

/**
 * Gives the inside a `/run` of its own, so that names of network namespaces are its own too. A `resolv.conf` that is a link into
 * the machine's `/run` is put there again: there has to be a file for the instances' own to lie over.
 */
export function makeRun(): void {
  const resolver = readResolver();
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755,nosuid,nodev", "stod", "/run"]);
  mkdirSync("/run/netns", { mode: 0o755 });
  mkdirSync(overlays, { mode: 0o755 });
  if (resolver === undefined || !resolver.path.startsWith("/run/")) return;
  mkdirSync(dirname(resolver.path), { recursive: true, mode: 0o755 });
  writeFileSync(resolver.path, resolver.content, { mode: 0o644 });
}

function readResolver(): { path: string; content: string } | undefined {
  try {
    return { path: realpathSync("/etc/resolv.conf"), content: readFileSync("/etc/resolv.conf", "utf8") };
  } catch {
    return undefined; // The machine has none, and there is nothing to lie over.
  }
}

/** Writes what an instance reads about itself and about names: its `/etc/hosts` and `/etc/resolv.conf`. */
export function writeOverlays(name: string, namespace: string, address: string): OverlaidFiles {
  const directory = join(overlays, name);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const contents = { hosts: hostsFile(name, address), "resolv.conf": resolvConf(namespace) };
  return Object.entries(contents).flatMap(([file, content]) => {
    const target = `/etc/${file}`;
    const source = join(directory, file);
    writeFileSync(source, content, { mode: 0o644 });
    return isThere(target) ? [{ source, target }] : [];
  });
}

export function hostsFile(name: string, address: string): string {
  return `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n${address} ${name}\n`;
}

/** As in a pod: `reviews` is looked for in the workload's own namespace first. */
export function resolvConf(namespace: string): string {
  const domain = "cluster.local";
  return `nameserver ${meshBridge.address}\nsearch ${namespace}.svc.${domain} svc.${domain} ${domain}\noptions ndots:5\n`;
}

function isThere(path: string): boolean {
  try {
    realpathSync(path);
    return true;
  } catch {
    return false;
  }
}
