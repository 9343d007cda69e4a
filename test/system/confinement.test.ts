import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { after, before, test } from "node:test";
import { findInside } from "#host/mesh-namespace.ts";
import { appCommand, endMesh, type Mesh, startMesh, until } from "../harness/mesh.ts";

/** What a workload could do to others if it turned against them; `stod exec` is held as the workload itself is. */
const yaml = `
name: confinement
services:
  hostile:
    command: ${appCommand}
  victim:
    ports: [80:8000/http]
    command: ${appCommand}
    env: { LISTEN: 8000/http }
`;

let mesh: Mesh;
before(async () => {
  mesh = await startMesh(yaml);
});
after(() => endMesh(mesh));

async function asHostile(script: string): Promise<string> {
  const { out, err } = await mesh.room.stod("exec", "hostile-0", "--", "sh", "-c", script);
  return out + err;
}

const rows: readonly [does: string, script: string, says: RegExp][] = [
  ["has no capabilities", "grep -E 'Cap(Eff|Prm|Bnd|Amb)' /proc/self/status", /^(Cap\w+:\t0{16}\n){4}$/],
  ["cannot get any", "grep NoNewPrivs /proc/self/status", /^NoNewPrivs:\t1\n$/],
  ["sees no process but its own", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '", /^((?!envoy|control-plane|agent).)*$/s],
  ["cannot read or change what is captured", "nft delete table inet stod", /not permitted/],
  ["cannot give itself an address", "ip address add 10.128.0.99/16 dev eth0", /not permitted/i],
  ["cannot enter another's network", "nsenter --net=/run/netns/victim-0 true", /not permitted/],
];

for (const [does, script, says] of rows) {
  test(`a workload ${does}`, async () => assert.match(await asHostile(script), says));
}

test("a workload sees nothing of the mesh's state: no key, no socket", async () => {
  assert.equal(await asHostile(`ls -A ${mesh.room.state}`), "");
  const ours = readFileSync(`${mesh.room.state}/ca/root.key`, "utf8");
  assert.match(ours, /PRIVATE KEY/);
});

test("an Envoy may mark sockets and nothing else, and sees the files of its own instance alone", async () => {
  const { proxyPid } = (await mesh.workload("hostile-0")) ?? {};
  const envoy = findInside(mesh.record.innerPid ?? 0, proxyPid ?? 0);
  assert.ok(envoy);
  const status = readFileSync(`/proc/${envoy.pid}/status`, "utf8");
  assert.match(status, /^CapPrm:\t0000000000001000\nCapEff:\t0000000000001000\nCapBnd:\t0000000000001000$/m);
  assert.match(status, /^NoNewPrivs:\t1$/m);
  const seen = readdirSync(`/proc/${envoy.pid}/root${mesh.room.state}`, { recursive: true, withFileTypes: true });
  const places = new Set(seen.filter((entry) => !entry.isDirectory()).map(({ parentPath }) => basename(parentPath)));
  assert.deepEqual([...places], ["hostile-0"]);
});

test("a workload that kills all it can kills itself alone", async () => {
  const before = await mesh.workloads();
  await asHostile("kill -9 -1");
  await until("it was ended, and started again", async () => {
    const hostile = await mesh.workload("hostile-0");
    return hostile?.ready === true && hostile.restarts !== before.find(({ name }) => name === "hostile-0")?.restarts;
  });
  const others = (all: typeof before) => all.filter(({ name }) => name !== "hostile-0").map(({ pid }) => pid);
  assert.deepEqual(others(await mesh.workloads()), others(before));
  assert.equal((await mesh.controlPlane.status()).workloads, 2);
});
