import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { after, before, test } from "node:test";
import { appCommand, endMesh, Mesh, MeshRoom, startMesh, until } from "../harness/mesh.ts";

/** A mesh whose application leaves as much behind as it can: a process of its own session that ignores being asked to end. */
const yaml = `
name: traces
services:
  server:
    ports: [80:8000/http]
    command: ${appCommand}
    env: { LISTEN: 8000/http }
    publish: 80
  daemon:
    command: [sh, -c, "setsid sh -c 'trap true TERM INT HUP; while :; do sleep 1000; done' & wait"]
`;

/** Another one of the same name, beside it. */
let neighbour: Mesh;
before(async () => {
  neighbour = await startMesh(yaml);
});
after(() => endMesh(neighbour));

/** What a mesh could leave on the host. */
function traces(room: MeshRoom) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const lines = (text: string) => text.split("\n").filter((line) => line.includes(room.home));
  return {
    processes: pids.filter((pid) => Number(pid) !== process.pid && read(pid, "environ").includes(room.home)),
    mounts: lines(readFileSync("/proc/self/mounts", "utf8")),
    sockets: lines(readFileSync("/proc/net/unix", "utf8")),
    links: execFileSync("ip", ["-o", "-br", "link"], { encoding: "utf8" }).replaceAll(/ (UP|DOWN|UNKNOWN) /g, ""),
    rules: spawnSync("nft", ["list", "ruleset"], { encoding: "utf8" }).stdout ?? "",
    names: existsSync("/run/netns") ? readdirSync("/run/netns") : [],
    files: readdirSync(room.home).sort().join(),
  };
}

/** Network namespaces that processes of a mesh are in, besides our own. */
function namespaces(room: MeshRoom): ReadonlySet<string> {
  const found = traces(room).processes.map((pid) => linkOf(pid, "ns/net"));
  return new Set(found.filter((link) => link !== "" && link !== linkOf("self", "ns/net")));
}

/** Processes in any of some network namespaces; a namespace is gone with its last process. */
function processesIn(wanted: ReadonlySet<string>): readonly string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && wanted.has(linkOf(pid, "ns/net")));
}

function read(pid: string, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "utf8");
  } catch {
    return ""; // It has just ended.
  }
}

function linkOf(pid: string, what: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${what}`);
  } catch {
    return "";
  }
}

const ends: readonly [how: string, end: (mesh: Mesh) => Promise<unknown>][] = [
  [
    "Ctrl-C",
    async (mesh) => {
      assert.equal(await mesh.stop("SIGINT"), 0);
    },
  ],
  [
    "Ctrl-C twice",
    async (mesh) => {
      mesh.process.kill("SIGINT");
      await until("it drains", () => mesh.said.includes("Ctrl-C again"));
      await mesh.stop("SIGINT");
    },
  ],
  [
    "stod down",
    async (mesh) => {
      const { status, err } = await mesh.room.stod("down");
      assert.equal(status, 0, err);
    },
  ],
  ["SIGKILL", (mesh) => mesh.stop("SIGKILL")],
  [
    "the death of its inside",
    async (mesh) => {
      process.kill(mesh.record.innerPid ?? 0, "SIGKILL");
      await until("it has ended", () => mesh.process.exitCode !== null);
      assert.equal(mesh.process.exitCode, 1);
      assert.match(mesh.said, /^error {2}/m);
    },
  ],
];

test("after each way to end it nothing is left, the next one starts in the same state, and the one beside it goes on", async (t) => {
  const room = new MeshRoom(yaml);
  t.after(() => room.dispose());
  const before = traces(room);
  for (const [how, end] of ends) {
    const mesh = await Mesh.start(room);
    assert.equal((await fetch(mesh.gateway)).status, 200, how);
    const inUse = namespaces(room);
    assert.ok(inUse.size >= 3, `${how}: its own and one for each workload, and not ${inUse.size}`);
    await end(mesh);
    await until(`${how}: its processes are gone`, () => processesIn(inUse).length === 0);
    await until(`${how}: its outer process is gone`, () => traces(room).processes.length === 0);
    assert.deepEqual({ ...traces(room), files: before.files }, before, how);
    const inState = readdirSync(room.state);
    for (const gone of ["run", "mesh.json"]) assert.ok(how === "SIGKILL" || !inState.includes(gone), `${how}: ${gone}`);
    const answer = await fetch(neighbour.gateway);
    assert.equal(answer.status, 200, how);
    assert.equal(((await answer.json()) as { by: string }).by, "server-0");
  }
});

test("two meshes side by side know nothing of each other, and each has to be named", async (t) => {
  const room = new MeshRoom(
    yaml.replace("name: traces", "name: other").replace("LISTEN: 8000", "COLOUR: blue, LISTEN: 8000"),
  );
  t.after(() => room.dispose());
  const mesh = await Mesh.start(room);
  const colours = [mesh, neighbour].map(({ room }) => room.stod("exec", "server", "--", "printenv", "COLOUR"));
  assert.deepEqual(
    (await Promise.all(colours)).map(({ out }) => out),
    ["blue\n", ""],
  );
  room.env.STOD_STATE = "";
  const { status, err } = await room.stod("status");
  assert.notEqual(status, 0);
  assert.match(err, /run here, and none was named\.\n {2}Name one:/);
  assert.match(err, new RegExp(`other +--state ${room.state}`));
  const again = await neighbour.room.stod("up", neighbour.room.directory);
  assert.equal(again.status, 1);
  assert.match(again.err, /the mesh traces of .* \(process \d+\) runs with this state/);
});
