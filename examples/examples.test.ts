import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { decodeDocuments } from "#api/decode.ts";
import { readMeshFile } from "#apps/up/mesh-file/read-mesh-file.ts";
import { printFinding } from "#findings/print.ts";

const here = import.meta.dirname;

for (const file of globSync("*/stod.yaml", { cwd: here })) {
  const example = dirname(file);

  test(`${example}: its stod.yaml is read without a word`, () => {
    const { findings } = readMeshFile(readFileSync(join(here, file), "utf8"), join(here, file));
    assert.deepEqual(findings.map(printFinding), []);
  });

  for (const objects of globSync(`${example}/mesh/*.yaml`, { cwd: here })) {
    test(`${objects} is taken without a word`, () => {
      const options = { file: objects, defaultNamespace: "default", source: "files" };
      const { findings } = decodeDocuments(readFileSync(join(here, objects), "utf8"), options);
      assert.deepEqual(findings.map(printFinding), []);
    });
  }
}
