import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Document } from "#apps/cli/api-client.ts";
import { UsageFault } from "#apps/cli/print-fault.ts";
import { HostFault } from "#host/host-fault.ts";

/** The YAML that `-f` names: files, directories (their YAML and JSON files, in order), or `-` for standard input. */
export async function readDocuments(paths: readonly string[]): Promise<readonly Document[]> {
  if (paths.length === 0)
    throw new UsageFault("nothing was named", "Name files or directories with -f, or - for standard input.");
  const documents: Document[] = [];
  for (const path of paths) {
    if (path === "-") documents.push({ file: "-", text: await text(process.stdin) });
    else for (const file of filesOf(path)) documents.push({ file, text: readFileSync(file, "utf8") });
  }
  return documents;
}

function filesOf(path: string): readonly string[] {
  if (!existsSync(path)) throw new HostFault(path, "there is no such file", "Look at the path.");
  if (!statSync(path).isDirectory()) return [path];
  const inside = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(ya?ml|json)$/.test(name),
  );
  if (inside.length === 0) throw new HostFault(path, "there is no YAML in this directory", "Look at the path.");
  return inside.sort().map((name) => join(path, name));
}
