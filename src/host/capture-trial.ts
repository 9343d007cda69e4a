/**
 * What `capture.test.ts` runs inside a network namespace of its own: listeners that say who they are, a second
 * namespace beside it, and connections with and without marks. Prints who answered each of them.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { applyCapture, inboundMark, outboundMark, removeCapture, sidecarCapture } from "#host/capture.ts";

const listeners = { outbound: 15001, inbound: 15006, application: 9080, readiness: 15021 };

/** Connects with a mark (0 for none) and prints what the other side says; Node itself cannot set marks. */
const client = `
import socket, sys
mark, host, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
s.settimeout(5)
if mark: s.setsockopt(socket.SOL_SOCKET, 36, mark)
try:
    s.connect((host, port))
    print(s.recv(100).decode() or "refused")
except OSError:
    print("refused")
`;

const run = (command: string) => execFileSync("sh", ["-ec", command], { encoding: "utf8" }).trim();

async function answers(mark: number, host: string, port: number, inside: readonly string[] = []): Promise<string> {
  const [program, ...args] = [...inside, "python3", "-c", client, `${mark}`, host, `${port}`];
  const child = spawn(program as string, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await once(child, "close");
  return said.trim();
}

const neighbour = spawn("unshare", ["-n", "sh", "-c", "echo ready; exec sleep 60"], {
  stdio: ["ignore", "pipe", "inherit"],
});
await once(neighbour.stdout, "data");
const inNeighbour = ["nsenter", "-t", `${neighbour.pid}`, "-n", "--"];
run(`ip link set lo up
  ip link add eth0 type veth peer name eth0 netns ${neighbour.pid}
  ip addr add 10.128.0.2/24 dev eth0
  ip addr add fd01::2/64 dev eth0 nodad
  ip link set eth0 up
  ${inNeighbour.join(" ")} ip addr add 10.128.0.3/24 dev eth0
  ${inNeighbour.join(" ")} ip link set eth0 up
  ip route add default via 10.128.0.3
  ip -6 route add default dev eth0`);

const servers = Object.entries(listeners).map(([name, port]) =>
  createServer((socket) => socket.on("error", () => {}).end(name)).listen(port, "::"),
);
await Promise.all(servers.map((server) => once(server, "listening")));

await applyCapture(undefined, sidecarCapture);
await applyCapture(undefined, { ...sidecarCapture, excludeOutboundRanges: ["10.128.0.3/32", "fd02::/64"] });
const seen: Record<string, string> = {
  "application to a service": await answers(0, "240.240.0.5", 80),
  "application to a service over IPv6": await answers(0, "fd05::1", 80),
  "application to an excluded range": await answers(0, "10.128.0.3", 9080),
  "application to its own address": await answers(0, "10.128.0.2", 9080),
  "application to loopback": await answers(0, "127.0.0.1", 9080),
  "Envoy to another workload": await answers(outboundMark, "10.128.0.3", 9080),
  "Envoy to its own workload": await answers(outboundMark, "10.128.0.2", 9080),
  "Envoy to its application": await answers(inboundMark, "10.128.0.2", 9080),
  "another workload to this one": await answers(0, "10.128.0.2", 9080, inNeighbour),
  "another workload to an excluded port": await answers(0, "10.128.0.2", 15021, inNeighbour),
};
await removeCapture(undefined);
await removeCapture(undefined);
seen["after removal, another workload to this one"] = await answers(0, "10.128.0.2", 9080, inNeighbour);

console.log(JSON.stringify(seen));
neighbour.kill("SIGKILL");
for (const server of servers) server.close();
