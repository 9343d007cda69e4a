import { readFile, rm, writeFile } from "node:fs/promises";
import { diff } from "node:util";
import { stringify } from "yaml";
import type { JsonObject } from "./json.ts";

/** What a case shows: findings and warnings where there are any, then the parts that it asks for. */
export type Shown = JsonObject;

/** The file that a case's result is compared with, beside it. */
export function wantFile(caseFile: string): string {
  return caseFile.replace(/\.yaml$/, ".want.yaml");
}

export function writeShown(shown: Shown): string {
  return stringify(shown, { lineWidth: 120, aliasDuplicateObjects: false });
}

/** Writes the want file; a case that shows nothing has none. */
export async function saveWant(caseFile: string, shown: Shown): Promise<void> {
  if (Object.keys(shown).length === 0) await rm(wantFile(caseFile), { force: true });
  else await writeFile(wantFile(caseFile), writeShown(shown));
}

/** The difference to what is wanted, for people; `undefined` where there is none. */
export async function differenceToWant(caseFile: string, shown: Shown): Promise<string | undefined> {
  const want = await readFile(wantFile(caseFile), "utf8").catch((reason: NodeJS.ErrnoException) => {
    if (reason.code === "ENOENT") return "{}\n";
    throw reason;
  });
  const is = writeShown(shown);
  return is === want ? undefined : lineDifference(want, is);
}

const context = 3;

/** Lines of both, marked `-` for what is wanted and not there, `+` for what is there and not wanted. */
export function lineDifference(want: string, is: string): string {
  const lines = diff(want.split("\n"), is.split("\n")).map(([sign, line]) => ({ mark: marks[sign + 1]!, line }));
  const near = lines.map((_, index) => lines.slice(Math.max(0, index - context), index + context + 1).some(changed));
  const kept = lines.map(({ mark, line }, index) => (near[index] ? `${mark} ${line}` : undefined));
  return kept
    .flatMap((line, index) => (line !== undefined ? [line] : kept[index - 1] !== undefined ? ["  ⋯"] : []))
    .join("\n");
}

/** By what `diff` says of a line from the first text's view: inserted, same, deleted. */
const marks = ["+", " ", "-"];

function changed({ mark }: { readonly mark: string }): boolean {
  return mark !== " ";
}
