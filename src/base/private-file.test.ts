import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { quoted, readPrivateFile, requirePrivateDirectory, writePrivateFile } from "#base/private-file.ts";

const directory = mkdtempSync(join(tmpdir(), "stod-private-"));
after(() => rmSync(directory, { recursive: true }));

test("a private file is its owner's only, whatever the umask, and replaces what was there", () => {
  const before = process.umask(0);
  try {
    const path = join(directory, "key");
    writeFileSync(path, "old", { mode: 0o666 });
    writePrivateFile(path, "new");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(readPrivateFile(path, 100), "new");
    writePrivateFile(path, Buffer.alloc(100_000, "x"));
    assert.equal(readFileSync(path).length, 100_000);
    assert.deepEqual(readdirSync(directory), ["key"], "no draft stays behind");
  } finally {
    process.umask(before);
  }
});

test("a write that cannot be done leaves what was there, and no draft", () => {
  const path = join(directory, "nowhere", "key");
  assert.throws(() => writePrivateFile(path, "new"), { code: "ENOENT" });
});

for (const mode of [0o640, 0o604, 0o620, 0o777]) {
  test(`a file with mode ${mode.toString(8)} is not read`, () => {
    const path = join(directory, "open");
    writeFileSync(path, "secret");
    chmodSync(path, mode);
    assert.throws(() => readPrivateFile(path, 100), { name: "StateFault", path, help: `Run: chmod 600 ${path}` });
  });
}

test("a larger file than expected is not read", () => {
  const path = join(directory, "large");
  writePrivateFile(path, "x".repeat(101));
  assert.throws(() => readPrivateFile(path, 100), { name: "StateFault", says: /101 bytes, and at most 100/ });
});

test("a directory that the group may look into is said", () => {
  const path = mkdtempSync(join(directory, "d-"));
  requirePrivateDirectory(path);
  chmodSync(path, 0o750);
  assert.throws(() => requirePrivateDirectory(path), { name: "StateFault", help: `Run: chmod 700 ${path}` });
});

const paths: readonly [path: string, quotedPath: string][] = [
  ["/home/ana/ca", "/home/ana/ca"],
  ["/home/ana b/ca", "'/home/ana b/ca'"],
  ["/home/o'hara", "'/home/o'\\''hara'"],
  ["$(reboot)", "'$(reboot)'"],
];

for (const [path, wanted] of paths)
  test(`a shell takes ${path} as ${wanted}`, () => assert.equal(quoted(path), wanted));
