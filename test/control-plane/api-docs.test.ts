import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { apiRoutes } from "../../src/apps/control-plane/api/api.ts";
import { Running } from "./running.ts";

test("docs/api.md describes each route of the API, and no other", async () => {
  await using cp = await Running.start();
  const text = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
  const described = [...text.matchAll(/^### `(.+)`$/gm)].map(([, route]) => route);
  assert.deepEqual(described.sort(), Object.keys(apiRoutes(cp.running.parts)).sort());
});
