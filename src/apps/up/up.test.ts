import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { findEnvoy } from "#host/envoy-binary.ts";
import { listenOn } from "#host/ports.ts";

const main = new URL("../cli/main.ts", import.meta.url).pathname;
const server = `require("http").createServer((_, to) => to.end(process.env.STOD_WORKLOAD)).listen(process.env.PORT ?? 8000)`;
const meshYaml = `
name: little
namespace: town
services:
  web:
    ports: [80:8000/http]
    command: [node, -e, '${server}']
    publish: 80
  caller:
    command: [node, -e, 'console.log("up and about"); setInterval(() => {}, 1e6)']
    dependsOn: [web]
`;

/** Everything of one test lies in here, a home directory among it. */
const room = mkdtempSync(join(tmpdir(), "st-"));
after(() => rmSync(room, { recursive: true, force: true }));

/** Who runs a mesh: the user that runs the tests, or where that is root, also one who may do nothing special. */
interface Who {
  readonly name: string;
  readonly before: readonly string[];
}

const me: Who = { name: "this user", before: [] };
const nobody: Who = { name: "nobody", before: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] };
const envoy = await findEnvoy();

interface Mesh {
  readonly directory: string;
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  stod(...args: string[]): { readonly status: number | null; readonly out: string; readonly err: string };
  start(...flags: string[]): ChildProcess;
}

function makeMesh(who: Who, yaml = meshYaml): Mesh {
  const home = mkdtempSync(join(room, "h"));
  const directory = join(home, "mesh");
  const state = join(home, "state");
  mkdirSync(directory);
  writeFileSync(join(directory, "stod.yaml"), yaml);
  if (who !== me) execFileSync("chown", ["-R", "65534:65534", home]);
  const env = {
    ...process.env,
    HOME: home,
    XDG_STATE_HOME: "",
    XDG_CACHE_HOME: "",
    STOD_STATE: state,
    STOD_ENVOY: envoyFor(who),
    NODE_COMPILE_CACHE: "",
  };
  const command = (args: readonly string[]) => [...who.before, process.execPath, main, ...args];
  return {
    directory,
    state,
    env,
    stod(...args) {
      const [program = "", ...rest] = command(args);
      const { status, stdout, stderr } = spawnSync(program, rest, { env, encoding: "utf8", timeout: 60_000 });
      return { status, out: stdout, err: stderr };
    },
    start(...flags) {
      const [program = "", ...rest] = command(["up", directory, "--port-base", "0", "--quiet", ...flags]);
      return spawn(program, rest, { env, stdio: ["ignore", "pipe", "inherit"] });
    },
  };
}

/** The Envoy, where that user can read it. */
function envoyFor(who: Who): string {
  if (who === me) return envoy.path;
  const copy = join(room, "envoy");
  if (!existsSync(copy)) cpSync(envoy.path, copy);
  chmodSync(copy, 0o755);
  chmodSync(room, 0o755);
  return copy;
}

/** What a mesh could leave on the host. */
function traces({ state, directory }: Mesh) {
  const processes = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid);
  const isInside = (line: string) => line.includes(state);
  return {
    processes: processes.filter((pid) => mentions(pid, dirname(directory))),
    links: execFileSync("ip", ["-o", "link"], { encoding: "utf8" }).replaceAll(/(state|qdisc|master) \S+/g, ""),
    rules: spawnSync("nft", ["list", "ruleset"], { encoding: "utf8" }).stdout,
    namespaces: existsSync("/run/netns") ? readdirSync("/run/netns") : [],
    mounts: readFileSync("/proc/self/mounts", "utf8").split("\n").filter(isInside),
    sockets: readFileSync("/proc/net/unix", "utf8").split("\n").filter(isInside),
    files: readdirSync(dirname(directory)).filter((name) => name !== "state"),
  };
}

function mentions(pid: string, path: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(path) ||
      readFileSync(`/proc/${pid}/environ`, "utf8").includes(path)
    );
  } catch {
    return false;
  }
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (!isSo()) {
    if (Date.now() > deadline) assert.fail(`not within 40 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A process that ends is gone from view a moment before the kernel has closed all that it had open. */
async function nothingIsLeft(mesh: Mesh, before: ReturnType<typeof traces>): Promise<void> {
  await until(() => isDeepStrictEqual(traces(mesh), before), "nothing is left").catch(() => {});
  assert.deepEqual(traces(mesh), before);
}

/** Resolves when a process has printed a text. */
async function untilPrinted(child: ChildProcess, text: string): Promise<void> {
  let said = "";
  child.stdout?.on("data", (chunk) => {
    said += chunk;
  });
  await until(() => said.includes(text) || child.exitCode !== null, `it prints ${text}; it has printed: ${said}`);
  assert.ok(said.includes(text), said);
}

async function gatewayAnswers(mesh: Mesh): Promise<string> {
  const { gateway } = JSON.parse(mesh.stod("status", "-o", "json").out);
  const answer = await fetch(gateway.url);
  return answer.text();
}

for (const who of process.getuid?.() === 0 ? [me, nobody] : [me]) {
  test(`as ${who.name}: a mesh serves, and leaves nothing behind when it is ended`, async () => {
    const mesh = makeMesh(who);
    const before = traces(mesh);
    const up = mesh.stod("up", "--detach", "--port-base", "0", mesh.directory);
    assert.equal(up.status, 0, up.out + up.err);
    assert.match(up.out, /web-0 +web +- +10\.128\.0\.\d+ +ready/);
    assert.equal(await gatewayAnswers(mesh), "web-0");

    const inside = mesh.stod(
      "exec",
      "caller",
      "--",
      "sh",
      "-c",
      `hostname; exec node -e 'fetch("http://web").then((a) => a.text()).then(console.log)'`,
    );
    assert.equal(inside.out, "caller-0\nweb-0\n", inside.err);
    assert.equal(mesh.stod("exec", "caller", "--", "sh", "-c", "exit 42").status, 42);
    assert.match(mesh.stod("exec", "caller-0", "--", "grep", "CapEff", "/proc/self/status").out, /0000000000000000/);
    assert.match(mesh.stod("logs", "caller").out, /up and about/);
    assert.match(mesh.stod("exec", "wep", "--", "true").err, /Did you mean web\?/);

    const down = mesh.stod("down");
    assert.equal(down.status, 0, down.err);
    await nothingIsLeft(mesh, before);
  });

  test(`as ${who.name}: a mesh whose outer process is killed leaves nothing behind, and the next one just starts`, async () => {
    const mesh = makeMesh(who);
    const before = traces(mesh);
    const outer = mesh.start();
    await untilPrinted(outer, "send a request");
    assert.notDeepEqual(traces(mesh).processes, []);
    outer.kill("SIGKILL");
    await nothingIsLeft(mesh, before);

    const again = mesh.start();
    await untilPrinted(again, "send a request");
    assert.equal(await gatewayAnswers(mesh), "web-0");
    again.kill("SIGINT");
    await until(() => again.exitCode !== null, "it ends");
    assert.equal(again.exitCode, 0);
    await nothingIsLeft(mesh, before);
  });
}

test("a change of stod.yaml is carried out, and a mistake in it changes nothing", async () => {
  const mesh = makeMesh(me);
  const outer = mesh.start();
  await untilPrinted(outer, "send a request");
  const names = () =>
    JSON.parse(mesh.stod("status", "-o", "json").out)
      .workloads.filter((one: { ready: boolean }) => one.ready)
      .map((one: { name: string }) => one.name);

  const told = untilPrinted(outer, "Did you mean command?");
  writeFileSync(join(mesh.directory, "stod.yaml"), meshYaml.replace("command: [node", "comand: [node"));
  await told;
  assert.equal(await gatewayAnswers(mesh), "web-0");

  writeFileSync(
    join(mesh.directory, "stod.yaml"),
    `${meshYaml.replace("publish", "replicas: 2\n    publish")}  idle: { command: sleep 1000 }\n`,
  );
  await until(() => names().join() === "caller-0,idle-0,web-0,web-1", "the new instances are ready");
  writeFileSync(join(mesh.directory, "stod.yaml"), meshYaml);
  await until(() => names().join() === "caller-0,web-0", "they are gone again");
  assert.equal(mesh.stod("scale", "web=2").out, "web: web-0, web-1\n");
  assert.equal(mesh.stod("restart", "web").status, 0);
  assert.deepEqual(names(), ["caller-0", "web-0", "web-1"]);

  assert.match(mesh.stod("up", mesh.directory).err, /the mesh little of .* runs with this state/);
  outer.kill("SIGINT");
  await until(() => outer.exitCode !== null, "it ends");
});

test("an agent that is killed comes back with all that it ran, and an inside that is killed is told as such", async () => {
  const mesh = makeMesh(me);
  const before = traces(mesh);
  const outer = mesh.start();
  await untilPrinted(outer, "send a request");
  const told = untilPrinted(outer, "the agent was ended by SIGKILL and is started again");
  process.kill(hostPidOf(mesh, "agent"), "SIGKILL");
  await told;
  await untilPrinted(outer, "ready  caller-0");
  assert.equal(await gatewayAnswers(mesh), "web-0");
  process.kill(hostPidOf(mesh, "inside"), "SIGKILL");
  await until(() => outer.exitCode !== null, "it ends");
  assert.equal(outer.exitCode, 1);
  await nothingIsLeft(mesh, before);
});

/** The process of this machine that is that program of the mesh. */
function hostPidOf({ state }: Mesh, program: string): number {
  const mine = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && mentions(pid, state));
  const found = mine.find((pid) => {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words[0] === process.execPath && words.includes(program);
  });
  assert.ok(found, `${program} runs`);
  return Number(found);
}

/** Words that run `stod up` where the kernel lets nobody make namespaces. */
function upWithoutNamespaces(mesh: Mesh, capture: string): readonly string[] {
  const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"';
  const up = [process.execPath, main, "up", mesh.directory, "--port-base", "0", "--capture", capture];
  return ["--user", "--map-root-user", "sh", "-c", forbid, "sh", ...up];
}

test("where namespaces are not allowed, one message says so and how to allow them", () => {
  const mesh = makeMesh(me);
  const { status, stdout, stderr } = spawnSync("unshare", upWithoutNamespaces(mesh, "transparent"), {
    env: mesh.env,
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(
    stderr,
    /^error {2}namespaces: this user may not make them here \(.*\)\.\n {2}Run: sudo sysctl -w user\.max_user_namespaces=15000\n$/,
  );
});

test("where namespaces are not allowed and nobody says how to capture, it says in a line what that means, and serves", async () => {
  const mesh = makeMesh(me, meshYaml.replace("8000)", "8000, process.env.HOST)"));
  const before = traces(mesh);
  const up = spawn("unshare", upWithoutNamespaces(mesh, "auto"), {
    env: mesh.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  up.stdout.on("data", (text) => (said += text));
  await until(() => said.includes("Ctrl-C, or: stod down") || up.exitCode !== null, "it serves");
  assert.match(
    said.split("\n")[0] ?? "",
    /^namespaces: this user may not make them here \(.*\); so nothing is captured: /,
  );
  assert.equal(await gatewayAnswers(mesh), "web-0");
  up.kill("SIGINT");
  await until(() => up.exitCode !== null, "it ends");
  await nothingIsLeft(mesh, before);
});

test("explicit capture asks for no privileges, and leaves nothing behind when it is killed", {
  skip: process.getuid?.() !== 0,
}, async () => {
  const mesh = makeMesh(nobody, meshYaml.replace("8000)", "8000, process.env.HOST)"));
  const before = traces(mesh);
  const up = mesh.start("--capture", "explicit");
  await untilPrinted(up, "Ctrl-C, or: stod down");
  assert.equal(await gatewayAnswers(mesh), "web-0");
  const asked = mesh.stod(
    "exec",
    "caller",
    "--",
    "sh",
    "-c",
    'id -u; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status',
  );
  assert.match(asked.out, /^65534\nCapEff:\t0+\nNoNewPrivs:\t1\n$/, asked.err);
  const { status, err } = mesh.stod("down", "--now");
  assert.equal(status, 0, err);
  await nothingIsLeft(mesh, before);
});

test("a port in use, a missing file and a mistake each give one clear message, and start nothing", async () => {
  const taken = createServer();
  const port = await listenOn(taken, { use: "test", port: 0 });
  const mesh = makeMesh(me);
  const before = traces(mesh);
  const refused = mesh.stod("up", "--port-base", String(port), mesh.directory);
  taken.close();
  assert.deepEqual([refused.status, refused.out], [1, ""]);
  assert.equal(
    refused.err,
    `error  port ${port}: something else on this machine listens on it, and the mesh's gateway needs it.\n  Choose others with --port-base N, or any free ones with --port-base 0.\n`,
  );
  const nowhere = mesh.stod("up", join(mesh.directory, "nowhere"));
  assert.match(nowhere.err, /^error {2}\S+nowhere: there is no stod.yaml\.\n {2}Name the directory/);
  writeFileSync(join(mesh.directory, "stod.yaml"), "name: little\nservices: { web: {} }\n");
  assert.match(
    mesh.stod("up", mesh.directory).err,
    /^error STOD0703 {2}\(.*stod.yaml:2\)\n {2}services.web says no command\.\n/,
  );
  await nothingIsLeft(mesh, before);
});
