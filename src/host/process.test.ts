import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { backoff } from "#base/backoff.ts";
import { milliseconds, seconds } from "#base/duration.ts";
import { type ChildSpec, describeExit, startChild } from "#host/process.ts";
import { commandLine, type Privileges, parentsSurroundings, type Surroundings } from "#host/process-command.ts";
import { type Standing, Supervisor } from "#host/process-supervisor.ts";

const plain: Privileges = { dieWithParent: false, capabilities: "all", user: undefined };
const everything: Surroundings = {
  netns: "/run/netns/a",
  hostname: "a",
  files: [{ source: "/s/hosts", target: "/etc/hosts" }],
  hidden: ["/s"],
  kept: undefined,
  alone: false,
  beside: undefined,
};

const lines: readonly [says: string, where: Surroundings, may: Privileges, line: string[]][] = [
  ["as it is", parentsSurroundings, plain, ["app", "x"]],
  [
    "in a network namespace",
    { ...parentsSurroundings, netns: "/run/netns/a" },
    plain,
    ["nsenter", "--net=/run/netns/a", "--", "app", "x"],
  ],
  [
    "without privileges",
    parentsSurroundings,
    { dieWithParent: true, capabilities: [], user: "nobody" },
    [
      ...["setpriv", "--reuid", "nobody", "--regid", "nobody", "--init-groups", "--pdeathsig", "KILL"],
      ...["--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs", "--", "app", "x"],
    ],
  ],
  [
    "with one capability",
    parentsSurroundings,
    { ...plain, capabilities: ["net_admin"] },
    ["setpriv", "--bounding-set", "-all,+net_admin", "--inh-caps", "-all", "--no-new-privs", "--", "app", "x"],
  ],
  [
    "with a host name, files and nothing to see of a directory",
    everything,
    plain,
    [
      ...["nsenter", "--net=/run/netns/a", "--", "unshare", "--mount", "--uts", "--", "sh", "-c"],
      `set -e; hostname "\${1}"; mount --bind "\${2}" "\${3}"; mount -t tmpfs -o ro,size=4k,mode=0555 none "\${4}"; shift 4; exec "$@"`,
      ...["sh", "a", "/s/hosts", "/etc/hosts", "/s", "app", "x"],
    ],
  ],
  [
    "alone, without privileges",
    { ...parentsSurroundings, alone: true },
    { dieWithParent: true, capabilities: [], user: undefined },
    [
      ..."setpriv --pdeathsig KILL -- unshare --pid --fork --kill-child --mount-proc --".split(" "),
      ..."setpriv --pdeathsig KILL --bounding-set -all --inh-caps -all --no-new-privs --".split(" "),
      ...["sh", "-c", 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?', "init"],
      ..."setpriv --no-new-privs -- app x".split(" "),
    ],
  ],
  [
    "beside another",
    { ...everything, beside: { pid: 42, cwd: "/w" } },
    { ...plain, capabilities: [] },
    [
      ..."nsenter --net=/proc/42/ns/net --uts=/proc/42/ns/uts --mount=/proc/42/ns/mnt".split(" "),
      ...["--pid=/proc/42/ns/pid_for_children", "--", "sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", "/w"],
      ..."setpriv --bounding-set -all --inh-caps -all --no-new-privs -- app x".split(" "),
    ],
  ],
];

for (const [says, where, may, line] of lines) {
  test(`a command ${says}`, () => assert.deepEqual(commandLine(["app", "x"], where, may), line));
}

function shell(script: string, change: Partial<ChildSpec> = {}): ChildSpec {
  const env = { PATH: process.env.PATH as string };
  return {
    command: ["sh", "-c", script],
    env,
    cwd: undefined,
    surroundings: parentsSurroundings,
    privileges: plain,
    ...change,
  };
}

async function run(spec: ChildSpec) {
  const output: string[] = [];
  const exit = await startChild(spec, (line, stream) => output.push(`${stream}: ${line}`)).exited;
  return { output, exit: describeExit(exit) };
}

const ends: readonly [script: string, exit: string, output: string[]][] = [
  ["echo one; echo two >&2; printf three", "exited with status 0", ["stdout: one", "stderr: two", "stdout: three"]],
  ["echo again > /dev/stdout; echo > /dev/stderr", "exited with status 0", ["stdout: again", "stderr: "]],
  ["exit 3", "exited with status 3", []],
  ["kill -9 $$", "was ended by SIGKILL", []],
];

for (const [script, exit, output] of ends) {
  test(`a child that runs "${script}" ${exit}`, async () => {
    const ran = await run(shell(script));
    assert.equal(ran.exit, exit);
    assert.deepEqual(ran.output.toSorted(), output.toSorted());
  });
}

test("a program that does not exist could not be started", async () => {
  const { exit } = await run(shell("", { command: ["/no/such/program"] }));
  assert.match(exit, /^could not be started: .*ENOENT/);
});

test("a child that ignores SIGTERM is killed after its grace, with all of its group", async () => {
  const started = Promise.withResolvers<number>();
  const script = 'trap "" TERM; sleep 300 & echo $!; wait; wait; sleep 300';
  const child = startChild(shell(script), (line) => started.resolve(Number(line)));
  const grandchild = await started.promise;
  assert.equal(describeExit(await child.stop(milliseconds(100))), "was ended by SIGKILL");
  for (let tries = 0; isRunning(grandchild) && tries < 500; tries++) await new Promise(setImmediate);
  assert.equal(isRunning(grandchild), false);
});

/** A zombie that nobody has waited for yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("in surroundings of its own, a child sees its own host name and files, and not what is hidden", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "stod-process-"));
  t.after(() => rm(directory, { recursive: true }));
  const hosts = join(directory, "hosts");
  await writeFile(hosts, "10.128.0.7 reviews\n");
  const script = `hostname; cat /etc/hosts; ls -A ${directory} | wc -l; grep -E "CapBnd|NoNewPrivs" /proc/self/status`;
  const surroundings: Surroundings = {
    netns: undefined,
    hostname: "reviews-v1-0",
    files: [{ source: hosts, target: "/etc/hosts" }],
    hidden: [directory],
    kept: undefined,
    alone: false,
    beside: undefined,
  };
  const inner = commandLine(["sh", "-c", script], surroundings, { ...plain, capabilities: [] });
  const { output, exit } = await run(shell("", { command: ["unshare", "-Urm", ...inner] }));
  assert.equal(exit, "exited with status 0", output.join("\n"));
  assert.deepEqual(output, [
    "stdout: reviews-v1-0",
    "stdout: 10.128.0.7 reviews",
    "stdout: 0",
    "stdout: CapBnd:\t0000000000000000",
    "stdout: NoNewPrivs:\t1",
  ]);
});

test("a child in a directory that stays of a hidden one sees that alone, and no way up", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "stod-process-"));
  t.after(() => rm(directory, { recursive: true }));
  const kept = join(directory, "proxies", "a");
  await mkdir(kept, { recursive: true });
  await writeFile(join(kept, "own"), "");
  await writeFile(join(directory, "key"), "");
  const surroundings = { ...parentsSurroundings, hidden: [directory], kept };
  const inner = commandLine(["sh", "-c", "pwd; ls; ls ../..; echo > made"], surroundings, plain);
  const { output, exit } = await run(shell("", { command: ["unshare", "-Urm", ...inner], cwd: kept }));
  assert.equal(exit, "exited with status 0", output.join("\n"));
  assert.deepEqual(output, [`stdout: ${kept}`, "stdout: own", "stdout: proxies"]);
  assert.deepEqual((await readdir(kept)).sort(), ["made", "own"]);
});

const alone: readonly [script: string, exit: string, output: string[], why: string][] = [
  ["echo /proc/[0-9]*", "exited with status 0", ["stdout: /proc/1 /proc/2"], "it sees a shell, itself and nobody else"],
  ["kill -9 1; exit 3", "exited with status 3", [], "the first process does not hear of it"],
  ["sleep 300 & kill -9 -1; exit 4", "exited with status 4", [], "it ends what it started, and nothing else"],
  ["kill -9 $$", "exited with status 137", [], "the shell tells of signals by its status alone"],
];

for (const [script, exit, output, why] of alone) {
  test(`a child alone that runs "${script}" ${exit}: ${why}`, async () => {
    const surroundings = { ...parentsSurroundings, alone: true };
    const inner = commandLine(["sh", "-c", script], surroundings, { ...plain, capabilities: [] });
    assert.deepEqual(await run(shell("", { command: ["unshare", "-Urm", ...inner] })), { exit, output });
  });
}

test("a supervised process is started again when it ends, and not after it was stopped", async () => {
  const seen: Standing[] = [];
  const twice = Promise.withResolvers<void>();
  const supervisor = new Supervisor({
    spec: () => shell("sleep 300"),
    onLine: () => {},
    onChange(standing) {
      seen.push(standing);
      if (standing.at === "running" && seen.length === 1) process.kill(standing.pid as number, "SIGKILL");
      else if (standing.at === "running") twice.resolve();
    },
    backoff: backoff(milliseconds(5), milliseconds(50)),
    healthyAfter: seconds(10),
  });
  supervisor.start();
  await twice.promise;
  assert.equal(supervisor.restarts, 1);
  await supervisor.stop(seconds(5));
  assert.deepEqual(
    seen.map(({ at }) => at),
    ["running", "waiting", "running", "stopped"],
  );
});
