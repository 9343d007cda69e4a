import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findProgram, missingFault, type Program, requirePrograms } from "#host/prerequisites.ts";

test("a program is the first executable of its name on PATH", (context) => {
  const directory = mkdtempSync(join(tmpdir(), "stod-path-"));
  context.after(() => rmSync(directory, { recursive: true }));
  for (const [name, mode] of [
    ["a", 0o644],
    ["b", 0o755],
    ["c", 0o755],
  ] as const) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "tool-of-stod"), "");
    chmodSync(join(directory, name, "tool-of-stod"), mode);
  }
  const path = ["missing", "a", "b", "c"].map((name) => join(directory, name)).join(":");
  assert.equal(findProgram("tool-of-stod", path), join(directory, "b", "tool-of-stod"));
  assert.equal(findProgram("tool-of-stod", ""), undefined);
});

const faults: readonly [missing: Program[], message: string][] = [
  [["nft"], "nft: it is not installed. Install what is missing, on Debian with: apt-get install nftables"],
  [
    ["ip", "unshare", "setpriv"],
    "ip, unshare, setpriv: they are not installed. " +
      "Install what is missing, on Debian with: apt-get install iproute2 util-linux",
  ],
];
for (const [missing, message] of faults) {
  test(`a machine without ${missing.join(" and ")} is told what to install`, () => {
    assert.equal(missingFault(missing).message, message);
  });
}

test("what the machine has is not asked for", () => requirePrograms([]));
