import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findEnvoy, installEnvoy, pipFault } from "#host/envoy-binary.ts";
import { managedPath, pinnedVersion } from "#host/envoy-version.ts";
import { HostFault } from "#host/host-fault.ts";

// The managed Envoy is there: set-up installed it.

/** Sets the environment for one test. */
function withEnvironment(context: TestContext, changes: NodeJS.ProcessEnv): void {
  const before = { ...process.env };
  Object.assign(process.env, changes);
  context.after(() => {
    process.env = before;
  });
}

function pathWithEnvoy(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "stod-path-"));
  context.after(() => rmSync(directory, { recursive: true }));
  symlinkSync(managedPath(), join(directory, "envoy"));
  return directory;
}

test("the managed Envoy is found where no other is, and installing it again does nothing", async (context) => {
  withEnvironment(context, { STOD_ENVOY: "", PATH: "" });
  const envoy = { path: managedPath(), version: pinnedVersion() };
  assert.deepEqual(await findEnvoy(), envoy);
  const steps: string[] = [];
  assert.deepEqual(await installEnvoy({ onProgress: (line) => steps.push(line) }), envoy);
  assert.deepEqual(steps, []);
});

test("an Envoy on PATH comes before the managed one, and STOD_ENVOY and --envoy before that", async (context) => {
  const directory = pathWithEnvoy(context);
  withEnvironment(context, { STOD_ENVOY: "", PATH: `/nowhere:${directory}` });
  assert.equal((await findEnvoy()).path, join(directory, "envoy"));
  process.env.STOD_ENVOY = managedPath();
  assert.equal((await findEnvoy()).path, managedPath());
  assert.equal((await findEnvoy({ explicit: join(directory, "envoy") })).path, join(directory, "envoy"));
});

test("an `envoy` on PATH that is some other program is passed over", async (context) => {
  const directory = mkdtempSync(join(tmpdir(), "stod-path-"));
  context.after(() => rmSync(directory, { recursive: true }));
  symlinkSync("/bin/true", join(directory, "envoy"));
  withEnvironment(context, { STOD_ENVOY: "", PATH: directory });
  assert.equal((await findEnvoy()).path, managedPath());
});

const named: readonly [path: string, says: RegExp][] = [
  ["/nowhere/envoy", /^\/nowhere\/envoy: there is no such file\. Name another one/],
  ["/bin/true", /^\/bin\/true: it is no Envoy that runs here/],
  ["/etc/passwd", /^\/etc\/passwd: it is no Envoy that runs here \(.*EACCES/],
];
for (const [path, says] of named) {
  test(`${path} was named, and is no Envoy: ${says}`, async () => {
    await assert.rejects(
      findEnvoy({ explicit: path }),
      (fault) => fault instanceof HostFault && says.test(fault.message),
    );
  });
}

test("with no Envoy anywhere, the way to one is told", async (context) => {
  withEnvironment(context, { STOD_ENVOY: "", PATH: "", XDG_CACHE_HOME: "/nowhere" });
  await assert.rejects(findEnvoy(), /stod envoy install/);
});

test("a cache that cannot be written is named", async (context) => {
  withEnvironment(context, { XDG_CACHE_HOME: "/dev/null" });
  await assert.rejects(installEnvoy(), /^HostFault: \/dev\/null\/stod\/envoy: it cannot be written .* XDG_CACHE_HOME/);
});

const pipSays: readonly [stderr: string, code: string | undefined, message: RegExp][] = [
  ["", "ENOENT", /^python3: it is not installed. Install it: apt-get install python3-pip$/],
  [
    "/usr/bin/python3: No module named pip\n",
    undefined,
    /^pip: it is not installed. Install it: apt-get install python3-pip$/,
  ],
  [
    "WARNING: retrying\nERROR: No matching distribution found\n",
    undefined,
    /pip could not fetch it and says: No matching/,
  ],
];
for (const [stderr, code, message] of pipSays) {
  test(`pip ends with ${JSON.stringify(code ?? stderr)}`, () => {
    assert.match(pipFault(Object.assign(new Error("Command failed"), { stderr, code })).message, message);
  });
}
