import { decodeDocuments } from "#api/decode.ts";
import type { MeshObject } from "#api/object.ts";
import { printYaml } from "#api/print.ts";
import type { ObjectRef } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";

/** One document that somebody wants applied: the objects in it, and what was refused. */
export interface WrittenDocument {
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly objects: readonly MeshObject[];
  /** `undefined` for one whose name could not be read. */
  readonly refused: readonly (ObjectRef | undefined)[];
  readonly findings: readonly Finding[];
}

/** The documents of a text, each with its own words: that is what is stored, and shown again. */
export function splitWritten(text: string, file: string, defaultNamespace: string): WrittenDocument[] {
  const { parts } = decodeDocuments(text, { file, defaultNamespace, source: "store" });
  return [...parts].flatMap(([own, { documents, findings, line }]) => {
    const objects = documents.flatMap((decoded) => (decoded.is === "object" ? [decoded.object] : []));
    const refused = documents.flatMap((decoded) => (decoded.is === "refused" ? [decoded.ref] : []));
    const text = withoutMark(own);
    // Its lines are counted from its first word, for that is what is stored.
    const first = line + newlinesIn(own.slice(0, own.indexOf(text.trimEnd())));
    if (objects.length < 2) return [{ text, file, line: first, objects, refused, findings }];
    // A List: each of its objects is stored by itself.
    const single = objects.map((object) => ({
      text: printYaml([object]),
      objects: [object],
      refused: [],
      findings: [],
    }));
    return [
      { text: own, file, line, objects: [], refused, findings },
      ...single.map((document) => ({ ...document, file, line })),
    ];
  });
}

function withoutMark(text: string): string {
  return `${text.replace(/^---[ \t]*\r?\n?/, "").trim()}\n`;
}

function newlinesIn(text: string): number {
  return text.split("\n").length - 1;
}
