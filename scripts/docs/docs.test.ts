import assert from "node:assert/strict";
import { test } from "node:test";
import { pages, written } from "../docs.ts";

for (const [path, make] of Object.entries(pages)) {
  test(`${path} is what the code says`, async () => {
    const wanted = await make();
    assert.ok(wanted === written(path), "run: npm run docs");
  });
}

test("each kind of finding has an example of the facts that it tells", async () => {
  const without = written("docs/findings.md")
    .split("\n")
    .filter((line) => line.includes("undefined"));
  assert.deepEqual(without, [], "add an example to the finding");
});
