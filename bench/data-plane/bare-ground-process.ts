import { execFileSync, spawn } from "node:child_process";
import { addNamespaces, type Bridge, makeBridge, namespacePath } from "#host/namespaces.ts";

// Runs in namespaces of its own, as the inside of `stod up` does: the same bridge and links, and no capture.
const [envoy = "", ...runs] = process.argv.slice(2);
const bridge: Bridge = { name: "stod0", address: "10.128.0.1", prefix: 16 };

// Names of network namespaces are kept below /run: this has one of its own.
execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755,nosuid,nodev", "stod", "/run"]);
await makeBridge(bridge);
await addNamespaces(bridge, [
  { name: "client", address: "10.128.0.2" },
  { name: "server", address: "10.128.0.3" },
]);
const pids: number[] = [];
for (const run of runs) {
  const [namespace = "", concurrency = "", file = ""] = run.split(",");
  const args = ["--config-path", file, "--concurrency", concurrency, "--disable-hot-restart", "--log-level", "error"];
  const child = spawn("nsenter", [`--net=${namespacePath(namespace)}`, envoy, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  pids.push(child.pid as number);
}
console.log(JSON.stringify(pids));
process.stdin.resume().on("end", () => process.exit());
