import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { test } from "node:test";

/** The import ladder, from the ground up: a folder of `src/` imports from rungs below its own. */
const ladder: readonly (readonly string[])[] = [
  ["base"],
  ["findings"],
  ["graph", "identity", "api", "envoy", "grpc", "host"],
  ["features", "sources", "xds", "telemetry"],
  ["model", "agent"],
  ["translate"],
  ["apps"],
];

const root = join(import.meta.dirname, "..");
const generated = (path: string) => path.split("/").includes("gen");
const files = (pattern: string) => globSync(pattern, { cwd: root }).filter((path) => !generated(path));

const rungOf = (folder: string) => ladder.findIndex((rung) => rung.includes(folder));

/** The folder of `src/` that a path from the root lies in; `undefined` for a path elsewhere. */
const folderOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1];

/** What a file imports from this repository, as paths from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = text.matchAll(/^(?:import|export)\b[^;]*?["']([^"'\n]+)["'];|\bimport\(\s*["']([^"'\n]+)["']/gm);
  return [...specifiers].flatMap(([, told, asked]) => {
    const specifier = told ?? asked ?? "";
    if (specifier.startsWith("#")) return `src/${specifier.slice(1)}`;
    return specifier.startsWith(".") ? relative(root, join(root, dirname(file), specifier)) : [];
  });
}

function fault(file: string, imported: string): string | undefined {
  const [from, to] = [folderOf(file) as string, folderOf(imported)];
  const isTest = file.endsWith(".test.ts");
  if (to === from || (to === undefined && isTest)) return undefined;
  if (to === undefined) return `${file} imports ${imported}, which is outside of src/`;
  if (rungOf(to) < rungOf(from)) return undefined;
  return `${file} (rung ${rungOf(from)}) imports ${imported} (rung ${rungOf(to)})`;
}

test("imports go down the ladder, never sideways, never up", () => {
  const faults = files("src/**/*.ts").flatMap((file) => importsOf(file).flatMap((to) => fault(file, to) ?? []));
  const help =
    "Move what both need to a rung below both, or let the higher one (in the end src/apps) pass it in as an argument. " +
    "The ladder is told in CONTRIBUTING.md.";
  assert.ok(faults.length === 0, `\n${faults.join("\n")}\n${help}`);
});

test("every folder of src/ has its rung", () => {
  const unknown = [...new Set(files("src/**/*.ts").map((file) => folderOf(file) ?? file))].filter(
    (it) => rungOf(it) < 0,
  );
  assert.deepEqual(
    unknown,
    [],
    "Put the new folder on the ladder in test/ladder.test.ts and tell of it in CONTRIBUTING.md.",
  );
});

test("files and folders are named after what is in them, and nothing only hands on what others export", () => {
  const vague = /(^|\/)(utils?|common|helpers?|misc|shared)(\/|\.[a-z.]*$)|(^|\/)types\.ts$/;
  const named = files("{src,test,scripts,bench,dashboard/src}/**/*.ts").filter((file) => {
    const barrel = basename(file) === "index.ts" && !/^src\/features\/([^/]+\/)?index\.ts$/.test(file);
    return barrel || vague.test(file);
  });
  const help =
    "Name each file after the one thing in it, and a folder after what it does: there is no utils, common, helpers, misc " +
    "or types.ts. An index.ts is the value that a feature is, in src/features; elsewhere, import from the file itself.";
  assert.ok(named.length === 0, `\n${named.join("\n")}\n${help}`);
});
