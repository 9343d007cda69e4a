import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, type LogFields, type LogOptions } from "#base/log.ts";

function logged(options: Partial<LogOptions>) {
  const lines: string[] = [];
  const now = () => new Date("2026-01-02T03:04:05.006Z");
  return {
    lines,
    log: createLog("xds", { sink: (line) => lines.push(line), now, level: "info", format: "text", ...options }),
  };
}

const rows: readonly [message: string, fields: LogFields, line: string, why?: string][] = [
  ["started", {}, "03:04:05.006 info  xds started"],
  ["proxy came", { proxy: "a-0", n: 3 }, "03:04:05.006 info  xds proxy came proxy=a-0 n=3"],
  ["failed", { error: new Error("no route") }, '03:04:05.006 info  xds failed error="no route"'],
  ["asked", { names: ["a", "b"], big: 2n }, '03:04:05.006 info  xds asked names=["a","b"] big=2'],
  ["asked", { by: undefined, empty: "" }, '03:04:05.006 info  xds asked empty=""', "what is undefined is left out"],
  ["two\nlines \u001b[31m", {}, "03:04:05.006 info  xds two\\nlines \\u001b[31m", "a message is one line"],
  ["said", { text: "\u001b[2J", other: "\u009b2J" }, "03:04:05.006 info  xds said text=\\u001b[2J other=\\u009b2J"],
  ["said", { text: "a\nb" }, '03:04:05.006 info  xds said text="a\\nb"'],
];
for (const [message, fields, line, why] of rows) {
  test(`text: ${line}${why ? ` (${why})` : ""}`, () => {
    const { lines, log } = logged({});
    log.info(message, fields);
    assert.deepEqual(lines, [line]);
  });
}

test("JSON for machines, which fields cannot overwrite", () => {
  const { lines, log } = logged({ format: "json" });
  log.warn("failed", { error: new Error("no route"), big: 2n, level: "fake" });
  assert.deepEqual(JSON.parse(lines[0] as string), {
    time: "2026-01-02T03:04:05.006Z",
    level: "warn",
    scope: "xds",
    message: "failed",
    error: "no route",
    big: "2",
  });
});

test("what JSON cannot hold does not keep a line from being written", () => {
  const { lines, log } = logged({});
  const loop: Record<string, unknown> = { n: 1n };
  loop.self = loop;
  log.info("odd", { loop });
  log.info("nested", { at: { n: 1n, error: new Error("e") } });
  assert.match(lines[0] as string, /xds odd loop=\{"notShown":"Converting circular/);
  assert.equal(lines[1], '03:04:05.006 info  xds nested at={"n":"1","error":"e"}');
});

test("levels below the one asked for are silent", () => {
  const { lines, log } = logged({ level: "warn" });
  for (const level of ["debug", "info", "warn", "error"] as const) log[level](level);
  assert.deepEqual(
    lines.map((line) => line.split(" ").at(-1)),
    ["warn", "error"],
  );
});

test("a child has its parent's scope and fields before its own", () => {
  const { lines, log } = logged({});
  log.child("stream", { proxy: "a-0" }).child("sds", { secret: "default" }).info("sent", { n: 1 });
  assert.deepEqual(lines, ["03:04:05.006 info  xds.stream.sds sent proxy=a-0 secret=default n=1"]);
});
