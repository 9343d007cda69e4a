import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  clearRun,
  lockedStates,
  lockState,
  type MeshRecord,
  prepareStateDirectory,
  readRecord,
  writeRecord,
} from "#apps/up/state-directory.ts";

const room = mkdtempSync(join(tmpdir(), "st-"));
after(() => rmSync(room, { recursive: true }));

test("a state directory is its owner's alone", () => {
  const state = prepareStateDirectory(join(room, "new", "s"), []);
  for (const part of ["", "run", "logs", "proxies"]) assert.equal(statSync(join(state, part)).mode & 0o777, 0o700);
});

test("one that others may use is refused with the command that closes it", () => {
  const open = join(room, "open");
  mkdirSync(open);
  chmodSync(open, 0o755);
  assert.throws(() => prepareStateDirectory(open, []), { name: "StateFault", help: `Run: chmod 700 ${open}` });
});

test("one with too long a path for sockets is refused with how long it may be", () => {
  const long = join(room, "x".repeat(80));
  assert.throws(() => prepareStateDirectory(long, ["reviews-v1-0"]), { says: /need it to be at most 67$/ });
  assert.throws(() => prepareStateDirectory(long, ["a".repeat(40)]), { says: /need it to be at most 47$/ });
});

test("one in /run is refused before anything is made", () => {
  assert.throws(() => prepareStateDirectory("/run/stod-test-state", []), {
    help: "Choose another place with --state DIR.",
  });
  assert.ok(!existsSync("/run/stod-test-state"));
});

test("one that cannot be written is told as that", () => {
  const state = prepareStateDirectory(join(room, "unwritable"), []);
  rmSync(join(state, "run"), { recursive: true });
  symlinkSync("nowhere", join(state, "run"));
  assert.throws(() => prepareStateDirectory(state, []), { name: "StateFault", path: join(state, "run") });
  const record = { name: "shop", pid: 7 } as MeshRecord;
  assert.throws(() => writeRecord(join(state, "gone"), record), { name: "StateFault", says: /^it cannot be written/ });
});

test("a state is held by one process at a time, which is listed, until it lets go", async () => {
  const state = prepareStateDirectory(join(room, "held"), []);
  const lock = await lockState(state);
  assert.ok(lockedStates().includes(state));
  await assert.rejects(lockState(state), { where: state, says: "another stod up runs with this state" });
  lock.release();
  const again = await lockState(state);
  again.release();
});

const records: readonly [text: string | undefined, name: string | undefined, why: string][] = [
  [undefined, undefined, "no mesh was here"],
  ['{"name": "shop", "pid": 7}', "shop", "what a mesh wrote"],
  ['{"name": "sh', undefined, "cut off"],
  ["[]", undefined, "something else"],
];

for (const [text, name, why] of records) {
  test(`mesh.json ${JSON.stringify(text)} is of ${name}: ${why}`, () => {
    const state = prepareStateDirectory(join(room, "records"), []);
    if (text !== undefined) writeFileSync(join(state, "mesh.json"), text, { mode: 0o600 });
    assert.equal(readRecord(state)?.name, name);
    clearRun(state);
    assert.equal(readRecord(state), undefined);
  });
}
