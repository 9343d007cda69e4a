import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import {
  enterWorkload,
  findInside,
  type InsideProcess,
  namespaceFault,
  requireNamespaces,
  spawnInMeshNamespace,
} from "#host/mesh-namespace.ts";

const options = { stdio: ["pipe", "pipe"] as const, env: process.env };

/** Processes of this machine that have a word in their command line. */
function processesWith(word: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
      } catch {
        return false; // Ended between the two looks.
      }
    });
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > deadline) assert.fail(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function printed(command: readonly string[]): Promise<string> {
  const { child } = spawnInMeshNamespace(command, options);
  let said = "";
  child.stdout?.on("data", (chunk) => {
    said += chunk;
  });
  await once(child, "close");
  return said;
}

test("this machine allows namespaces", () => requireNamespaces());

test("inside, the command is root by its own count, beside PID 1, with nothing but lo", async () => {
  const said = await printed(["sh", "-c", "id -u; ls /proc | grep -c '^[0-9]'; ip -o link | wc -l"]);
  // PID 1, the command, and the shell's own children for the second line.
  assert.match(said, /^0\n[234]\n1\n$/);
});

test("the exit code of the command is the exit code", async () => {
  const { child } = spawnInMeshNamespace(["sh", "-c", "exit 7"], options);
  assert.equal((await once(child, "exit"))[0], 7);
});

test("orphans are taken in by PID 1: none stays as a zombie", async () => {
  const script =
    "for i in 1 2 3 4 5; do (sleep 0.05 & ) ; done; sleep 0.5; grep -l '^State:.Z' /proc/[0-9]*/status | wc -l";
  assert.equal((await printed(["sh", "-c", script])).trim(), "0");
});

test("kill ends everything inside, also what ignores signals and has left its session", async () => {
  const mark = `stod-test-kill-${process.pid}`;
  const inside = spawnInMeshNamespace(
    ["sh", "-c", `trap '' TERM HUP INT; setsid sh -c 'sleep 1000; : ${mark}' & wait`],
    options,
  );
  await until(() => processesWith(mark).length >= 2, "it runs");
  await inside.kill();
  assert.deepEqual(processesWith(mark), []);
});

test("a stopped inside dies with a SIGKILLed outside", async () => {
  const mark = `stod-test-outer-${process.pid}`;
  const module = new URL("./mesh-namespace.ts", import.meta.url);
  const program = `
    import { spawnInMeshNamespace } from ${JSON.stringify(module.href)};
    spawnInMeshNamespace(["sh", "-c", "kill -STOP $$; : ${mark}"], { stdio: ["ignore", "ignore"], env: process.env });
    setInterval(() => {}, 1000);`;
  const outer = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit", argv0: "node" });
  const ofInside = () => processesWith(mark).filter((pid) => pid !== outer.pid);
  await until(
    () => ofInside().some((pid) => /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))),
    "it stands still",
  );
  outer.kill("SIGKILL");
  await until(() => ofInside().length === 0, "it is gone");
});

test("a command enters a workload's namespaces, without capabilities", async () => {
  const hold =
    "mount -t tmpfs t /run && ip netns add w && nsenter --net=/run/netns/w unshare -m -u sh -c 'hostname w-0; echo $$; cd /usr; exec env A=b sleep 1000'";
  const inside = spawnInMeshNamespace(["sh", "-c", hold], options);
  const [pid] = await once(inside.child.stdout as NodeJS.ReadableStream, "data");
  const find = () => findInside(inside.innerPid() ?? 0, Number(pid));
  await until(() => find()?.env.A === "b", "it sleeps");
  const found = find();
  assert.ok(found);
  assert.deepEqual(found.cwd, "/usr");
  const script = "pwd; hostname; readlink /proc/self/ns/net; grep CapEff /proc/self/status";
  const [program = "", ...args] = enterWorkload(found, ["sh", "-c", script]);
  const entered = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  entered.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await once(entered, "close");
  assert.match(said, /^\/usr\nw-0\nnet:\[\d+\]\nCapEff:\t0000000000000000\n$/);
  await inside.kill();
});

test("a process that waits for an application alone stands for it", async () => {
  const hold = 'echo $$; exec unshare --pid --fork --kill-child --mount-proc sh -c "cd /usr; A=b sleep 1000; exit"';
  const inside = spawnInMeshNamespace(["sh", "-c", hold], options);
  const [pid] = await once(inside.child.stdout as NodeJS.ReadableStream, "data");
  const find = () => findInside(inside.innerPid() ?? 0, Number(pid));
  await until(() => find()?.env.A === "b", "it is the one that sleeps");
  const [program = "", ...args] = enterWorkload(find() as InsideProcess, ["sh", "-c", "pwd; echo /proc/[0-9]*"]);
  const entered = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const said = (await entered.stdout.setEncoding("utf8").toArray()).join("");
  assert.match(said, /^\/usr\n\/proc\/1 \/proc\/2 \/proc\/\d+\n$/);
  await inside.kill();
});

const rows: readonly [stderr: string, says: RegExp, help: RegExp][] = [
  [
    "unshare: unshare failed: Operation not permitted\n",
    /may not make them here \(unshare: unshare failed/,
    /--privileged|sysctl/,
  ],
  ["unshare: unshare failed: No space left on device", /No space left/, /max_user_namespaces/],
];

for (const [stderr, says, help] of rows) {
  test(`no namespaces: ${stderr.trim()}`, () => {
    const fault = namespaceFault(stderr);
    assert.equal(fault.where, "namespaces");
    assert.match(fault.says, says);
    assert.match(fault.help, help);
  });
}

test("unshare that is not there is named with its package", () => {
  const fault = namespaceFault("", Object.assign(new Error("spawn unshare ENOENT"), { code: "ENOENT" }));
  assert.equal(fault.help, "Install it: apt-get install util-linux");
});
