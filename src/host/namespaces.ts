import { type ExecFileException, execFile } from "node:child_process";
import { HostFault } from "#host/host-fault.ts";

/** The bridge that joins the workloads of a mesh, and this machine's address on it. */
export interface Bridge {
  readonly name: string;
  /** Such as `10.128.0.1`: the workloads' way out, and where their DNS answers. */
  readonly address: string;
  /** Bits of the network's prefix. */
  readonly prefix: number;
}

/** Where a workload lives: a network namespace by name, with one interface on the bridge. */
export interface WorkloadNamespace {
  /** At most 63 letters, digits, `-` and `.`, the first a letter or digit. */
  readonly name: string;
  readonly address: string;
}

/** Where the namespace of that name can be entered: `nsenter --net=PATH`. */
export function namespacePath(name: string): string {
  return `/run/netns/${name}`;
}

/**
 * Makes the bridge in the current network namespace, and the directory of named namespaces.
 *
 * Forwarding is on and there is no route onwards, so a packet to an address that is not in the mesh is answered with
 * "unreachable" at once; otherwise it would vanish, and the caller hang until its timeout.
 */
export async function makeBridge(bridge: Bridge): Promise<void> {
  const lines = [
    "link set lo up",
    // Without a hardware address of its own a bridge takes the lowest of its ports': each new workload might change it, and
    // the others' packets to it, those of DNS first, would go nowhere until they ask again.
    `link add ${bridge.name} address ${hardwareAddress(bridge.address)} type bridge forward_delay 0 stp_state 0`,
    `link set ${bridge.name} addrgenmode none`,
    `addr add ${bridge.address}/${bridge.prefix} dev ${bridge.name}`,
    `link set ${bridge.name} up`,
  ];
  await shell(["echo 1 > /proc/sys/net/ipv4/ip_forward", batch(lines)].join("\n"));
}

/**
 * Makes the namespaces of workloads, all at once: `lo` and an `eth0` with the address, a route by the bridge, every port free to take.
 *
 * @throws HostFault with the words of `ip`, where one could not be made; none of them is there then
 */
export async function addNamespaces(bridge: Bridge, namespaces: readonly WorkloadNamespace[]): Promise<void> {
  if (namespaces.length === 0) return;
  for (const { name, address } of namespaces) requirePlain(name, address);
  const onBridge = batch(namespaces.flatMap(({ name, address }) => hostLines(bridge, name, address)));
  const within = namespaces.map((namespace, nth) => `${insideCommand(bridge, namespace)} p${nth}=$!`);
  const waits = namespaces.map((_, nth) => `wait $p${nth} || failed=1`);
  try {
    // One shell for all of them: to start a program is dear for a Node, and cheap for a shell.
    await shell([onBridge, ...within, ...waits, '[ -z "$failed" ]'].join("\n"));
  } catch (cause) {
    await shell(
      batch(
        namespaces.map(({ name }) => `netns del ${name}`),
        "-force",
      ),
    ).catch(() => {});
    throw cause;
  }
}

/** Takes namespaces away. What runs in them keeps them alive, so end it before. A name that is not there is no fault. */
export async function removeNamespaces(namespaces: readonly WorkloadNamespace[]): Promise<void> {
  for (const { name, address } of namespaces) requirePlain(name, address);
  // The kernel frees a namespace some time later; without its link, the address is gone from the bridge now.
  const lines = namespaces.flatMap(({ name, address }) => [`link del ${linkName(address)}`, `netns del ${name}`]);
  await shell(batch(lines, "-force")).catch(() => {});
}

function hostLines(bridge: Bridge, name: string, address: string): string[] {
  const link = linkName(address);
  return [
    `netns add ${name}`,
    `link add ${link} type veth peer name eth0 address ${hardwareAddress(address)} netns ${name}`,
    // No link-local IPv6 on either end: it would only announce and solicit.
    `link set ${link} master ${bridge.name} addrgenmode none`,
    `link set ${link} up`,
  ];
}

/** A shell's command that sets a namespace up from inside, in the background. */
function insideCommand(bridge: Bridge, { name, address }: WorkloadNamespace): string {
  const lines = [
    "link set lo up",
    "link set eth0 addrgenmode none",
    `addr add ${address}/${bridge.prefix} dev eth0`,
    "link set eth0 up",
    `route add default via ${bridge.address}`,
  ];
  // Applications have no capabilities and still listen on port 80, as in a container.
  const script = "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start && exec ip -batch -";
  return `nsenter --net=${namespacePath(name)} sh -c '${script}' <<END &\n${lines.join("\n")}\nEND\n`;
}

/** A locally administered hardware address, the same for the same address: what neighbours remember of it stays true. */
function hardwareAddress(address: string): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  return ["02", "00", ...bytes].join(":");
}

/** The bridge's end of a workload's link, made from its address: names of interfaces have at most 15 characters. */
function linkName(address: string): string {
  return `v${address.split(".").slice(1).join("-")}`;
}

/** The lines end up in a batch and in paths, where a blank, a slash or a dash in front would mean something else. */
function requirePlain(name: string, address: string): void {
  if (!/^[a-z0-9][a-z0-9.-]{0,62}$/i.test(name)) throw new Error(`${JSON.stringify(name)} cannot name a namespace`);
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) throw new Error(`${JSON.stringify(address)} is not an IPv4 address`);
}

/** A shell's command that has `ip` carry out lines. */
function batch(lines: readonly string[], flag = ""): string {
  return `ip ${flag} -batch - <<END || exit\n${lines.join("\n")}\nEND`;
}

/** @throws HostFault with what was printed, where the script ends badly */
function shell(script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile("sh", ["-s"], { timeout: 20_000 }, (failed, _, stderr) => {
      if (failed === null) resolve();
      else reject(networkFault(failed, stderr));
    });
    // A shell that ends before it has read everything is reported by its exit code.
    child.stdin?.on("error", () => {});
    child.stdin?.end(script);
  });
}

function networkFault(failed: ExecFileException, stderr: string): HostFault {
  const words = stderr.trim().split("\n")[0] || failed.message;
  const help = "Look whether this kernel has bridge, veth and nf_tables (modprobe bridge veth nf_tables).";
  return new HostFault("the mesh's network", `ip says: ${words}`, help, { cause: failed });
}
