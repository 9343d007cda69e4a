import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { appCommand, Mesh, MeshRoom, until } from "../harness/mesh.ts";

const yaml = `
name: refusals
services:
  server:
    ports: [80:8000/http]
    command: ${appCommand}
    env: { LISTEN: 8000/http }
`;

/** Runs `stod up` until it has said something; gives all that it had said by then. */
async function upUntilSaid(room: MeshRoom, says: RegExp): Promise<string> {
  const child = room.spawnStod(["up", room.directory, "--port-base", "0", "--quiet"], "ignore");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (said += text));
  const ended = new Promise((resolve) => child.once("close", resolve));
  try {
    await until("it is told", () => says.test(said) || child.exitCode !== null).catch(() => {});
    assert.match(said, says);
    return said;
  } finally {
    child.kill("SIGINT");
    child.kill("SIGINT");
    await ended;
  }
}

interface Ruin {
  readonly what: string;
  /** In the state directory. */
  readonly file: string;
  readonly says: (path: string) => RegExp;
}

const ruins: readonly Ruin[] = [
  {
    what: "store.db is no store",
    file: "store.db",
    says: (path) =>
      new RegExp(`${path}: it is not a store of stod\\. Put a backup in its place, or run: mkdir .* && mv `),
  },
  {
    what: "the key of the root is no key",
    file: "ca/root.key",
    says: (path) => new RegExp(`${path}: it holds no key that can be read\\. Put the right file back, or run: `),
  },
  {
    what: "the key of the intermediate is no key",
    file: "ca/intermediate.key",
    says: (path) => new RegExp(`${path}: it holds no key that can be read\\. Put the right file back, or run: rm -f `),
  },
];

test("a state that is broken is told in one message, and doing what it says mends it", async (t) => {
  const room = new MeshRoom(yaml);
  t.after(() => room.dispose());
  const first = await Mesh.start(room);
  assert.equal(await first.stop(), 0);

  for (const { what, file, says } of ruins) {
    const path = join(room.state, file);
    writeFileSync(path, "ruined\n");
    const mesh = await Mesh.start(room);
    const before = mesh.said;
    assert.match(before, says(path), what);
    assert.equal(before.split("is started again").length, 2, `once: ${before}`);
    const help = /or run: (.*?)( \(.*)?$/m.exec(before)?.[1] ?? "";
    await run(help);
    await until("the control plane serves again", async () => {
      const { proxies } = await mesh.controlPlane.status().catch(() => ({ proxies: undefined }));
      return proxies?.connected === 1 && proxies.synced === 1;
    });
    // A store that is made anew knows of the instance when the agent has told it.
    await until("the server answers", async () => (await mesh.app("server-0").ask("http://server/")).status === 200);
    assert.equal(await mesh.stop(), 0);
  }
});

async function run(command: string): Promise<void> {
  const child = spawn("sh", ["-c", command], { stdio: "inherit" });
  const status = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(status, 0, command);
}

test("what is cut off of files that can be made anew is not even noticed", async (t) => {
  const room = new MeshRoom(yaml);
  t.after(() => room.dispose());
  const first = await Mesh.start(room);
  assert.equal(await first.stop("SIGKILL"), null);
  const directory = join(room.state, "proxies", "server-0");
  for (const path of [
    join(directory, "last-good"),
    join(directory, "identity.json"),
    join(room.state, "agent", "names.json"),
    join(room.state, "mesh.json"),
  ])
    writeFileSync(path, '{"is": cut o');
  const mesh = await Mesh.start(room);
  assert.equal((await mesh.app("server-0").ask("http://server/")).status, 200);
  assert.equal(await mesh.stop(), 0);
});

test("a command that does not exist is told with the instance, and the others run", async (t) => {
  const room = new MeshRoom(`${yaml}  lost: { command: no-such-program --at-all }\n`);
  t.after(() => room.dispose());
  const child = room.spawnStod(["up", room.directory, "--port-base", "0", "--quiet"], "ignore");
  const ended = new Promise((resolve) => child.once("close", resolve));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (said += text));
  const says = /lost-0.*no-such-program.*(No such file|not found|does not exist)/;
  await until("it is told", () => says.test(said)).catch(() => assert.match(said, says));
  await until("the other one answers", async () => (await room.app("server-0").ask("http://server/")).status === 200);
  const status = await room.stod("status");
  assert.match(status.out, says);
  child.kill("SIGINT");
  await ended;
});

test("where no namespaces may be made, that is told with what to do about it, and the mesh does without", async (t) => {
  const room = new MeshRoom(yaml);
  const command = `echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"`;
  const main = join(import.meta.dirname, "../../src/apps/cli/main.ts");
  const up = [process.execPath, main, "up", room.directory, "--port-base", "0", "--quiet"];
  const inside = ["--pdeathsig", "KILL", "unshare", "--user", "--map-root-user", "sh", "-c", command, "sh", ...up];
  const child = spawn("setpriv", inside, { env: room.env });
  const ended = new Promise((resolve) => child.once("close", resolve));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
    await room.dispose();
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const says = /this user may not make them here \(.*\).*Run: sudo sysctl -w user\.max_user_namespaces=\d+/s;
  await until("it is told", () => says.test(said)).catch(() => assert.match(said, says));
  await until("the mesh serves", () => said.includes("Ctrl-C, or: stod down")).catch(() => assert.fail(said));
  child.kill("SIGINT");
  assert.equal(await ended, 0, said);
});

test("a state directory that others may read is refused, with the command that mends it", async (t) => {
  const room = new MeshRoom(yaml);
  t.after(() => room.dispose());
  mkdirSync(room.state, { mode: 0o755 });
  const said = await upUntilSaid(room, /others than its owner may use it\.\n {2}Run: chmod 700 /);
  assert.equal(said.trim().split("\n").length, 2, said);
});
