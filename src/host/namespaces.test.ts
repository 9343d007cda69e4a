import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { spawnInMeshNamespace } from "#host/mesh-namespace.ts";
import { addNamespaces, type Bridge, makeBridge, namespacePath, removeNamespaces } from "#host/namespaces.ts";

const bridge: Bridge = { name: "stod0", address: "10.128.0.1", prefix: 16 };

/** Runs a command in a namespace, and answers with what it printed. */
function inside(name: string, ...command: string[]): string {
  return execFileSync("nsenter", [`--net=${namespacePath(name)}`, ...command], { encoding: "utf8" });
}

/** How a connection from a namespace ends: the error's code. */
function connecting(name: string, address: string): string {
  const program = `require("net").connect(9, "${address}").on("error", (e) => console.log(e.code))`;
  return inside(name, process.execPath, "-e", program).trim();
}

if (process.env.STOD_TEST_INSIDE === undefined) {
  test("namespaces, tried inside a mesh's own", async () => {
    const env: NodeJS.ProcessEnv = { ...process.env, STOD_TEST_INSIDE: "1" };
    delete env.NODE_TEST_CONTEXT;
    const { child } = spawnInMeshNamespace([process.execPath, import.meta.filename], { stdio: ["pipe", "pipe"], env });
    const said: Buffer[] = [];
    child.stdout?.on("data", (chunk) => said.push(chunk));
    child.stderr?.on("data", (chunk) => said.push(chunk));
    const [code] = await once(child, "close");
    assert.equal(code, 0, Buffer.concat(said).toString());
  });
} else {
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"]);
  await makeBridge(bridge);
  const ten = Array.from({ length: 10 }, (_, n) => ({ name: `w-${n}`, address: `10.128.0.${n + 2}` }));
  await addNamespaces(bridge, ten);

  test("workloads reach each other and the bridge: a port where nobody listens refuses", () => {
    assert.equal(connecting("w-0", "10.128.0.1"), "ECONNREFUSED");
    assert.equal(connecting("w-3", "10.128.0.11"), "ECONNREFUSED");
  });

  test("an address outside the mesh is refused at once", () => {
    assert.equal(connecting("w-0", "240.240.0.1"), "ENETUNREACH");
  });

  test("every port is free to take", () => {
    assert.equal(inside("w-1", "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start").trim(), "0");
  });

  test("a namespace that cannot be made takes the others of its batch with it, and says why", async () => {
    const wanted = [
      { name: "new-0", address: "10.128.1.2" },
      { name: "new-1", address: "10.128.0.2" },
    ];
    await assert.rejects(addNamespaces(bridge, wanted), {
      where: "the mesh's network",
      says: /ip says: .*File exists/,
    });
    assert.ok(!existsSync(namespacePath("new-0")));
  });

  test("what is removed is gone, and can be made again", async () => {
    await removeNamespaces(ten.slice(0, 2));
    assert.deepEqual(
      ten.map(({ name }) => existsSync(namespacePath(name))),
      [false, false, ...ten.slice(2).map(() => true)],
    );
    await addNamespaces(bridge, ten.slice(0, 2));
    assert.equal(connecting("w-0", "10.128.0.3"), "ECONNREFUSED");
  });

  test("hardware addresses stay the same, whoever comes and goes: neighbours remember them", async () => {
    const show = ["-o", "link", "show"];
    const texts = () => [
      execFileSync("ip", [...show, "stod0"], { encoding: "utf8" }),
      inside("w-2", "ip", ...show, "eth0"),
    ];
    const known = () => texts().map((text) => /link\/ether (\S+)/.exec(text)?.[1]);
    assert.deepEqual(known(), ["02:00:0a:80:00:01", "02:00:0a:80:00:04"]);
    await removeNamespaces(ten.slice(2));
    await addNamespaces(bridge, ten.slice(2));
    assert.deepEqual(known(), ["02:00:0a:80:00:01", "02:00:0a:80:00:04"]);
  });

  test("a name that means something else in a batch is refused", async () => {
    await assert.rejects(addNamespaces(bridge, [{ name: "a\nlink del stod0", address: "10.128.0.9" }]), /cannot name/);
  });
}
