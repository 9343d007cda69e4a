import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameReader, frameHeader } from "./frames.ts";
import { GrpcError, status } from "./status.ts";

const frame = (text: string) => Buffer.concat([frameHeader(text.length), Buffer.from(text)]);
const two = Buffer.concat([frame("one"), frame(""), frame("three")]);

for (const size of [1, 2, 4, 5, 6, 7, 11, two.length]) {
  test(`three messages in chunks of ${size} bytes come out whole`, () => {
    const got: string[] = [];
    const reader = new FrameReader(100, (message) => got.push(Buffer.from(message).toString()));
    for (let at = 0; at < two.length; at += size) reader.push(two.subarray(at, at + size));
    assert.deepEqual(got, ["one", "", "three"]);
    assert.equal(reader.midMessage, false);
  });
}

const refused: readonly [what: string, bytes: Uint8Array, code: number][] = [
  ["a message over the limit", frameHeader(101), status.resourceExhausted],
  ["a compressed message", Buffer.from([1, 0, 0, 0, 0]), status.unimplemented],
];

for (const [what, bytes, code] of refused) {
  test(`${what} is refused at its header`, () => {
    const reader = new FrameReader(100, () => assert.fail("no message"));
    assert.throws(
      () => reader.push(bytes),
      (error) => error instanceof GrpcError && error.code === code,
    );
  });
}
