import assert from "node:assert/strict";
import { test } from "node:test";
import { IdSet } from "./id-set.ts";
import { type Meaning, meaningOf, type Standing } from "./meaning.ts";

const response = { nonce: "7", version: 1, resources: [], had: new IdSet(), removed: [], missing: [], since: 1 };
const sent: Standing = { at: "sent", nonce: "7", response };
const acked: Standing = { at: "acked", nonce: "7", version: 1 };
const refused: Standing = { at: "refused", nonce: "7", version: 1, reason: "bad" };
const bad = { message: "bad" };

const rows: readonly [standing: Standing | undefined, nonce: string, refused: unknown, is: Meaning, why?: string][] = [
  [undefined, "", undefined, "subscribe"],
  [{ at: "new" }, "", undefined, "subscribe"],
  [{ at: "new" }, "3", undefined, "subscribe", "a nonce of the stream before this one"],
  [sent, "7", undefined, "ack"],
  [sent, "7", bad, "nack"],
  [sent, "6", undefined, "stale", "it has not seen the last response yet"],
  [sent, "6", bad, "stale"],
  [sent, "", undefined, "subscribe", "a delta request for more names need not wait for a response"],
  [acked, "7", undefined, "resubscribe", "state of the world changes its names with the last nonce"],
  [acked, "6", undefined, "stale"],
  [refused, "7", undefined, "resubscribe"],
];

for (const [standing, nonce, isRefused, meaning, why] of rows) {
  const says = isRefused === undefined ? "a request" : "a refusal";
  test(`${says} with nonce "${nonce}" after ${standing?.at ?? "nothing"} is ${meaning}${why ? `: ${why}` : ""}`, () => {
    assert.equal(meaningOf({ nonce, refused: isRefused }, standing), meaning);
  });
}
