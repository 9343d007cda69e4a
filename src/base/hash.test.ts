import assert from "node:assert/strict";
import { test } from "node:test";
import { digest } from "#base/hash.ts";

test("a digest is the start of the SHA-256 in base64url", () => {
  assert.equal(digest("abc"), "ungWv48Bz-pBQUDeXa4iI7");
});

test("a text and its UTF-8 bytes have one digest, and another text has another", () => {
  assert.equal(digest("é"), digest(new Uint8Array([0xc3, 0xa9])));
  assert.notEqual(digest("é"), digest("e"));
});
