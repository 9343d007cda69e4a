import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { findProgram } from "#host/prerequisites.ts";

// The promise: a fresh clone sets itself up at its first use, whatever became of a set-up before.

const root = join(import.meta.dirname, "../..");
const home = mkdtempSync(join(tmpdir(), "stod-clone-"));
const clone = join(home, "clone");
after(() => rmSync(home, { recursive: true, force: true }));

const leftOut = new Set(["node_modules", ".git"]);
mkdirSync(clone);
for (const entry of ["package.json", "package-lock.json", ".npmrc", "tsconfig.json", "scripts", "src", "stod"]) {
  cpSync(join(root, entry), join(clone, entry), { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
}

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** All that it printed on standard output, once it has ended well. */
  readonly end: () => Promise<string>;
}

/** Runs Node in the clone by `scripts/run`, as a process group of its own, for a user with an empty cache. */
function runInClone(environment: NodeJS.ProcessEnv = {}): Running {
  const { NODE_COMPILE_CACHE: _ours, STOD_ENVOY: _named, PATH, ...inherited } = process.env;
  // Without the folders that our own set-up put in front.
  const path = (PATH ?? "").split(":").filter((folder) => !folder.includes("node_modules"));
  const env = { ...inherited, PATH: path.join(":"), XDG_CACHE_HOME: join(home, "cache"), ...environment };
  const script = "console.log(process.versions.node, process.execPath)";
  const child = spawn(join(clone, "scripts/run"), ["node", "-e", script], { env, detached: true });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const closed = once(child, "close");
  const end = async () => {
    const [code] = await closed;
    assert.equal(code, 0, stderr);
    return stdout;
  };
  return { child, said: () => stderr, end };
}

test("a set-up that was killed does not stand in the way of the next", async () => {
  const { child, said } = runInClone();
  while (!said().includes("installing npm packages…")) await once(child.stderr as NodeJS.EventEmitter, "data");
  process.kill(-(child.pid as number), "SIGKILL");
  await once(child, "close");
  assert.ok(!existsSync(join(clone, "node_modules/.stod-setup")));
});

test("two first uses at once set up once, and run on our own Node", async () => {
  const both = [runInClone(), runInClone()];
  for (const { end } of both) {
    const [version, path] = (await end()).split(" ");
    assert.ok(Number(version?.split(".")[0]) >= 24);
    assert.ok(path?.startsWith(join(clone, "node_modules")), path);
  }
  const said = both.map((run) => run.said()).join("");
  for (const step of ["stod: installing npm packages…", "stod: another set-up of this clone is under way"]) {
    assert.equal(said.split(step).length, 2, `"${step}" once in:\n${said}`);
  }
  const elsewhere = findProgram("envoy") !== undefined;
  assert.equal(
    existsSync(join(home, "cache/stod/envoy/1.40.0/envoy")),
    !elsewhere || said.includes("installing Envoy"),
  );
});

test("the next use says nothing", async () => {
  const next = runInClone();
  await next.end();
  assert.equal(next.said(), "");
});

test("a machine without npm and python3 is told once what to install", async () => {
  rmSync(join(clone, "node_modules"), { recursive: true });
  const bin = join(home, "bin");
  mkdirSync(bin);
  for (const name of ["sh", "dirname", "cmp", "flock"]) symlinkSync(findProgram(name) as string, join(bin, name));
  const { child, said } = runInClone({ PATH: bin, XDG_CACHE_HOME: join(home, "empty") });
  const [code] = await once(child, "close");
  assert.equal(code, 1);
  assert.match(said(), /^stod: this machine has no npm, python3, .*apt-get install npm python3-pip util-linux/);
  assert.equal(said().trim().split("\n").length, 1, said());
});
