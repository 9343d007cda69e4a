import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DescFile, fromBinary } from "@bufbuild/protobuf";
import * as wkt from "@bufbuild/protobuf/wkt";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Descriptors by the path of their `.proto` file, as other files import them. */
export type Descriptors = Map<string, FileDescriptorProto>;

/** Protobuf's own files (`google/protobuf/any.proto` …), which come with protobuf-es. */
export function wellKnownDescriptors(): Descriptors {
  const files = Object.entries(wkt).flatMap(([name, value]) =>
    name.startsWith("file_google_protobuf_") ? [(value as DescFile).proto] : [],
  );
  return new Map(files.map((file) => [file.name, file]));
}

/** The descriptors that a Go module's generated code carries, read without a Go compiler. */
export async function readDescriptors(directory: string): Promise<Descriptors> {
  const found: Descriptors = new Map();
  for (const entry of await readdir(directory, { recursive: true })) {
    if (!entry.endsWith(".pb.go")) continue;
    const bytes = rawDescriptor(await readFile(join(directory, entry), "utf8"));
    if (bytes === undefined) continue;
    const descriptor = fromBinary(FileDescriptorProtoSchema, bytes);
    found.set(descriptor.name, descriptor);
  }
  return found;
}

/**
 * The encoded `FileDescriptorProto` of one `.pb.go` file; `undefined` for one without, such as its gRPC half.
 *
 * protoc-gen-go 1.36 writes a constant of concatenated strings, older ones a slice of bytes.
 */
export function rawDescriptor(source: string): Uint8Array | undefined {
  const start = /^(?:const|var) file_\w+_rawDesc = /m.exec(source);
  if (start === null) return undefined;
  const rest = source.slice(start.index + start[0].length);
  return rest.startsWith("[]byte{") ? byteSlice(rest) : concatenatedStrings(rest);
}

function byteSlice(text: string): Uint8Array {
  return Uint8Array.from(text.slice("[]byte{".length, text.indexOf("}")).matchAll(/0x[0-9a-f]+/g), ([hex]) =>
    Number(hex),
  );
}

function concatenatedStrings(text: string): Uint8Array {
  const literals = /^(?:""|"(?:[^"\\\n]|\\.)*")(?:\s*\+\s*"(?:[^"\\\n]|\\.)*")*/.exec(text)?.[0] ?? "";
  const parts = literals.matchAll(/"((?:[^"\\\n]|\\.)*)"/g);
  return Buffer.concat([...parts].map(([, body]) => unquote(body as string)));
}

const named: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92, '"': 34 };

/** The bytes of a Go string literal's inside. `\x` and octal escapes are bytes, `\u` ones characters in UTF-8. */
function unquote(body: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [, plain, hex, u4, u8, octal, letter] of body.matchAll(
    /([^\\]+)|\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\([0-7]{3})|\\(.)/g,
  )) {
    const codePoint = u4 ?? u8;
    if (plain !== undefined) parts.push(Buffer.from(plain));
    else if (codePoint !== undefined) parts.push(Buffer.from(String.fromCodePoint(Number.parseInt(codePoint, 16))));
    else if (hex !== undefined) parts.push(Uint8Array.of(Number.parseInt(hex, 16)));
    else if (octal !== undefined) parts.push(Uint8Array.of(Number.parseInt(octal, 8)));
    else parts.push(Uint8Array.of(named[letter as string] as number));
  }
  return Buffer.concat(parts);
}
