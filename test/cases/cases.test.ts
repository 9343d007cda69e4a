/** Every case of every feature, each a test of its own; `npm run cases` runs them by hand. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runCase } from "../harness/case-run.ts";
import { caseTools, findCases } from "./find-cases.ts";

const tools = await caseTools();

// Two at once: each is an Envoy, and most machines that run this have two cores.
describe("cases", { concurrency: 2 }, () => {
  for (const { name, file } of findCases()) {
    test(name, async () => {
      const { about, wrong } = await runCase(file, false, tools);
      assert.ok(wrong.length === 0, [about, ...wrong].join("\n"));
    });
  }
});
