import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { followLogs, lastLines } from "#apps/up/follow-logs.ts";

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("what is added to logs comes line by line, also to new ones and to one that is begun anew", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "stod-logs-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = (name: string) => join(directory, `${name}.log`);
  writeFileSync(path("web-0"), "old\n");
  const stop = new AbortController();
  const said: string[] = [];
  const onLine = (name: string, line: string) => void said.push(`${name}: ${line}`);
  followLogs({ directory, wanted: (name) => name !== "agent", onLine, signal: stop.signal });
  appendFileSync(path("web-0"), "one\ntw");
  appendFileSync(path("web-0"), "o\nthree is not over yet");
  await until(() => said.length >= 2);
  appendFileSync(path("web-1"), "new €\n");
  appendFileSync(path("agent"), "not wanted\n");
  await until(() => said.length >= 3);
  writeFileSync(path("web-0"), "anew\n");
  await until(() => said.length >= 4);
  stop.abort();
  assert.deepEqual(said, ["web-0: one", "web-0: two", "web-1: new €", "web-0: anew"]);
});

const rows: readonly [text: string, count: number, lines: readonly string[]][] = [
  ["", 5, []],
  ["a\nb\nc\n", 2, ["b", "c"]],
  ["a\nb\nc", 2, ["b", "c"]],
  ["a\n", 0, []],
  [`${"x".repeat(100_000)}\nlast\n`, 1, ["last"]],
  [`first\n${"€".repeat(70_000)}\n`, 2, ["first", "€".repeat(70_000)]],
];

for (const [text, count, lines] of rows) {
  test(`the last ${count} of ${JSON.stringify(text.slice(0, 20))} (${text.length})`, (t) => {
    const directory = mkdtempSync(join(tmpdir(), "stod-logs-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "web.log");
    writeFileSync(path, text);
    assert.deepEqual(lastLines(path, count), { lines, end: Buffer.byteLength(text) });
  });
}
