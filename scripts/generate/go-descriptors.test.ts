import assert from "node:assert/strict";
import { test } from "node:test";
import { rawDescriptor } from "./go-descriptors.ts";

const rows: readonly [source: string, bytes: number[] | undefined, why?: string][] = [
  ['const file_a_proto_rawDesc = "" +\n\t"\\n" +\n\t"ab\\x12\\xff"\n', [10, 97, 98, 0x12, 0xff]],
  ['const file_a_proto_rawDesc = "\\"\\\\\\t\\u00e9é"', [34, 92, 9, 0xc3, 0xa9, 0xc3, 0xa9], "characters are UTF-8"],
  ['const file_a_proto_rawDesc = "\\U0001f600\\101"', [0xf0, 0x9f, 0x98, 0x80, 65], "wide and octal escapes"],
  ['const file_a_proto_rawDesc = "a"\n\nconst other = "b"', [97], "what follows is not part of it"],
  ["var file_a_proto_rawDesc = []byte{\n\t0x0a, 0x1b,\n\t0xff,\n}\n", [10, 27, 255], "how older generators wrote it"],
  ['const other = "a"', undefined, "a file without a descriptor"],
];
for (const [source, bytes, why] of rows) {
  test(`the descriptor of ${JSON.stringify(source)}${why ? `: ${why}` : ""}`, () => {
    const raw = rawDescriptor(source);
    assert.deepEqual(raw && [...raw], bytes);
  });
}
