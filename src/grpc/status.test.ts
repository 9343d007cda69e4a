import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeMessage, encodeMessage } from "./status.ts";
import { formatTimeout, parseTimeout } from "./timeout.ts";

const messages: readonly [message: string, encoded: string, why?: string][] = [
  ["plain words", "plain words"],
  ["100%", "100%25"],
  ["a\nb", "a%0Ab", "a header has one line"],
  ["zürich", "z%C3%BCrich", "a header is ASCII"],
];

for (const [message, encoded, why] of messages) {
  test(`status message ${JSON.stringify(message)} travels as "${encoded}"${why ? `: ${why}` : ""}`, () => {
    assert.equal(encodeMessage(message), encoded);
    assert.equal(decodeMessage(encoded), message);
  });
}

const timeouts: readonly [text: string, ms: number | undefined][] = [
  ["250m", 250],
  ["10S", 10_000],
  ["2M", 120_000],
  ["1H", 3_600_000],
  ["1500u", 1.5],
  ["1000000n", 1],
  ["123456789m", undefined],
  ["10", undefined],
  ["-1S", undefined],
  ["", undefined],
];

for (const [text, ms] of timeouts) {
  test(`grpc-timeout "${text}" is ${ms === undefined ? "none" : `${ms} ms`}`, () => {
    assert.equal(parseTimeout(text)?.ms, ms);
  });
}

test("a timeout is written so that it reads back, rounded up", () => {
  assert.equal(formatTimeout({ ms: 1.2 }), "2m");
  assert.equal(formatTimeout({ ms: 86_400_000 * 3 }), "259200S");
});
