import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "#base/duration.ts";

const readings: readonly [text: string, ms: number | undefined, why?: string][] = [
  ["1s", 1000],
  ["250ms", 250],
  ["1.5s", 1500],
  [".5s", 500],
  ["1.s", 1000],
  ["1m30s", 90_000],
  ["2h45m", 9_900_000],
  ["1us", 0.001],
  ["100ns", 0.0001],
  ["0", 0, "the one number that needs no unit"],
  ["0s", 0],
  ["-1.5h", -5_400_000],
  ["+5s", 5000],
  ["1h1h", 7_200_000, "Go adds up too"],
  ["", undefined],
  ["5", undefined, "which unit?"],
  ["s", undefined],
  [".s", undefined],
  ["1 s", undefined],
  [" 1s", undefined],
  ["1d", undefined, "Go knows no days"],
  ["1S", undefined],
  ["--1s", undefined],
  ["1e3s", undefined],
  ["infinity", undefined],
];
for (const [text, ms, why] of readings) {
  test(`"${text}" is ${ms === undefined ? "no duration" : `${ms} ms`}${why ? `: ${why}` : ""}`, () => {
    const read = parseDuration(text)?.ms;
    assert.ok(read === ms || (ms !== undefined && Math.abs((read as number) - ms) < 1e-9), `read as ${read}`);
  });
}

const writings: readonly [ms: number, text: string][] = [
  [0, "0ms"],
  [250, "250ms"],
  [1500, "1.5s"],
  [90_000, "90s"],
  [120_000, "2m"],
  [10_800_000, "3h"],
  [-1500, "-1.5s"],
  [0.5, "0.5ms"],
];
for (const [ms, text] of writings) {
  test(`${ms} ms reads ${text}, and back`, () => {
    assert.equal(formatDuration({ ms }), text);
    assert.equal(parseDuration(text)?.ms, ms);
  });
}
