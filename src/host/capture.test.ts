import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Capture, ruleset, sidecarCapture } from "#host/capture.ts";

const rows: readonly [says: string, change: Partial<Capture>, lines: string[], missing?: string[]][] = [
  ["what is sent goes to 15001", {}, ["meta l4proto tcp redirect to :15001"], ["th dport 53"]],
  ["what arrives goes to 15006", {}, ["meta l4proto tcp redirect to :15006"]],
  ["the Envoy's own listeners are reached directly", {}, ["tcp dport { 15020, 15021, 15090 } return"]],
  [
    "ranges of both families are left alone",
    { excludeOutboundRanges: ["10.128.0.1/32", "fd00::/8"] },
    ["ip daddr { 10.128.0.1/32 } return", "ip6 daddr { fd00::/8 } return"],
  ],
  ["ports are left alone", { excludeOutboundPorts: [5432, 6379] }, ["tcp dport { 5432, 6379 } return"]],
  ["DNS goes to the agent", { dnsPort: 15053 }, ["meta l4proto { tcp, udp } th dport 53 redirect to :15053"]],
];

for (const [says, change, lines, missing = []] of rows) {
  test(`capture: ${says}`, () => {
    const text = ruleset({ ...sidecarCapture, ...change });
    const written = text.split("\n").map((line) => line.trim());
    for (const line of lines) assert.ok(written.includes(line), `${line} is missing in:\n${text}`);
    for (const part of missing) assert.ok(!text.includes(part), `${part} should not be in:\n${text}`);
  });
}

test("capture: in a network namespace, traffic goes where its mark says", { timeout: 30_000 }, async () => {
  const program = fileURLToPath(new URL("./capture-trial.ts", import.meta.url));
  const child = spawn("unshare", ["-Urn", process.execPath, program], { stdio: ["ignore", "pipe", "inherit"] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(output), {
    "application to a service": "outbound",
    "application to a service over IPv6": "outbound",
    "application to an excluded range": "refused",
    "application to its own address": "application",
    "application to loopback": "application",
    "Envoy to another workload": "refused",
    "Envoy to its own workload": "inbound",
    "Envoy to its application": "application",
    "another workload to this one": "inbound",
    "another workload to an excluded port": "readiness",
    "after removal, another workload to this one": "application",
  });
});
