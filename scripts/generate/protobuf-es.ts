import { execFileSync } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  type FileDescriptorProto,
} from "@bufbuild/protobuf/wkt";

const plugin = createRequire(import.meta.url).resolve("@bufbuild/protoc-gen-es/bin/protoc-gen-es");

/** Writes the JavaScript and the types of `files`, in place of what an earlier run wrote to `directory`. */
export async function writeProtobufEs(files: readonly FileDescriptorProto[], directory: string): Promise<number> {
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: files.map((file) => file.name).filter((name) => !name.startsWith("google/protobuf/")),
    parameter: "target=js+dts,import_extension=js,elide_plugin_version=true",
    protoFile: [...files],
  });
  const stdout = execFileSync(process.execPath, [plugin], {
    input: toBinary(CodeGeneratorRequestSchema, request),
    maxBuffer: 1 << 30,
  });
  const response = fromBinary(CodeGeneratorResponseSchema, stdout);
  if (response.error !== "") throw new Error(response.error);
  await removeGenerated(directory);
  for (const file of response.file) {
    const path = join(directory, file.name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content);
  }
  return response.file.length;
}

async function removeGenerated(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const entry of await readdir(directory, { recursive: true })) {
    if (/_pb\.(js|d\.ts)$/.test(entry)) await rm(join(directory, entry));
  }
}
