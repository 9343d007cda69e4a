import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { Origin } from "#findings/field-path.ts";
import type { YamlChunk } from "./yaml-chunk.ts";
import { repeatedKeys } from "./yaml-keys.ts";
import { excess, isDeeper, tooDeep, type YamlLimits } from "./yaml-limits.ts";
import { readPlain } from "./yaml-plain.ts";

/** What keeps a piece of YAML from being read, and on which line of the file. */
export interface YamlFault {
  readonly is: "syntax" | "duplicate key" | "too much";
  readonly line: number;
  readonly says: string;
}

/** A document of a YAML file as plain values, with the way back from each field to its line. */
export interface YamlDocument {
  /** `undefined` where the document cannot be read: `faults` then say why. */
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
  readonly layout: Layout;
}

interface Parsed {
  readonly documents: readonly Document[];
  readonly lines: LineCounter;
}

function parse(text: string): Parsed {
  const lines = new LineCounter();
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    stringKeys: true,
    uniqueKeys: false,
    logLevel: "silent",
  } as const;
  const documents = parseAllDocuments(text, options);
  return { documents: Array.isArray(documents) ? documents : [], lines };
}

/** Reads the documents of a chunk: one, but for a file that {@link splitDocuments} left whole. Empty ones are skipped. */
export function readYaml(chunk: YamlChunk, limits: YamlLimits): YamlDocument[] {
  const says = excess(chunk.text, limits);
  if (says !== undefined) return [unread(chunk, { is: "too much", line: chunk.line, says })];
  const plain = readPlain(chunk.text);
  if (plain !== undefined) return [{ value: plain, faults: [], layout: new Layout(chunk, 0) }];
  let parsed: Parsed;
  try {
    parsed = parse(chunk.text);
  } catch (error) {
    return [
      unread(chunk, { is: "too much", line: chunk.line, says: `the parser gave up: ${(error as Error).message}` }),
    ];
  }
  return parsed.documents.flatMap((document, nth) => readDocument(chunk, parsed, document, nth, limits) ?? []);
}

function readDocument(
  chunk: YamlChunk,
  parsed: Parsed,
  document: Document,
  nth: number,
  limits: YamlLimits,
): YamlDocument | undefined {
  const lineAt = (offset: number) => parsed.lines.linePos(offset).line + chunk.line - 1;
  const line = lineAt(document.contents?.range?.[0] ?? 0);
  const layout = new Layout(chunk, nth, parsed);
  const faults = [...document.errors, ...document.warnings].slice(0, 1).map(
    ({ code, message, pos }): YamlFault => ({
      // One mistake makes the parser stumble on and on, so only the first is told.
      is: code === "RESOURCE_EXHAUSTION" ? "too much" : "syntax",
      line: lineAt(Math.min(pos[0], chunk.text.length)),
      says: message,
    }),
  );
  if (faults.length === 0) {
    for (const { key, offset } of repeatedKeys(document.contents)) {
      if (faults.push({ is: "duplicate key", line: lineAt(offset), says: key }) >= maxFaults) break;
    }
  }
  if (faults.length > 0) return { value: undefined, faults, layout };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const { message } = error as Error;
    const is = message.startsWith("Excessive alias count") ? "too much" : "syntax";
    return { value, faults: [{ is, line, says: message }], layout };
  }
  if (value === null || value === undefined) return undefined;
  if (isDeeper(value, limits.maxDepth)) {
    return { value: undefined, faults: [{ is: "too much", line, says: tooDeep(limits.maxDepth) }], layout };
  }
  return { value, faults, layout };
}

function unread(chunk: YamlChunk, fault: YamlFault): YamlDocument {
  return { value: undefined, faults: [fault], layout: new Layout(chunk, 0) };
}

/** Most faults that we tell of one document. */
const maxFaults = 20;

/**
 * Where the fields of one document stand in its file. Of a document that nothing is said about, only the text is kept: it
 * is parsed again for the first question.
 */
export class Layout {
  readonly chunk: YamlChunk;
  readonly #nth: number;

  constructor(chunk: YamlChunk, nth: number, parsed?: Parsed) {
    this.chunk = chunk;
    this.#nth = nth;
    if (parsed !== undefined) recent = { text: chunk.text, parsed };
  }

  /** The line of the field at `path`, such as `spec.http[1].retries`, or of the nearest field around it. */
  lineOf(path: string): number {
    const { offset, lines } = this.#find(path);
    return lines.linePos(offset).line + this.chunk.line - 1;
  }

  #find(path: string): { offset: number; lines: LineCounter } {
    if (recent?.text !== this.chunk.text) recent = { text: this.chunk.text, parsed: parse(this.chunk.text) };
    const { documents, lines } = recent.parsed;
    const document = documents[this.#nth];
    let node: Node | null | undefined = document?.contents;
    let offset = node?.range?.[0] ?? 0;
    let rest = path;
    while (rest !== "" && document !== undefined) {
      const step = stepInto(node, rest, document);
      if (step === undefined) break;
      ({ node, offset, rest } = step);
    }
    return { offset, lines };
  }
}

/** The document that was parsed last: findings about one come one after the other. */
let recent: { readonly text: string; readonly parsed: Parsed } | undefined;

interface Step {
  readonly node: Node | null | undefined;
  /** Where the field starts, its key included. */
  readonly offset: number;
  readonly rest: string;
}

/** Goes the first step of a path. Keys may have dots in them, as labels do, so the longest key that fits is taken. */
function stepInto(node: Node | null | undefined, path: string, document: Document): Step | undefined {
  const here = isAlias(node) ? node.resolve(document) : node;
  const index = /^\.?\[(\d+)\]/.exec(path);
  if (isSeq(here) && index !== null) {
    const item = here.items[Number(index[1])] as Node | undefined;
    if (item?.range == null) return undefined;
    return { node: item, offset: item.range[0], rest: path.slice(index[0].length) };
  }
  if (!isMap(here)) return undefined;
  const wanted = path.startsWith(".") ? path.slice(1) : path;
  let best: Step | undefined;
  let longest = -1;
  for (const { key, value } of here.items) {
    if (!isScalar(key) || key.range == null) continue;
    const name = String(key.value);
    const fits =
      wanted.startsWith(name) && (wanted.length === name.length || /[.[]/.test(wanted[name.length] as string));
    if (!fits || name.length <= longest) continue;
    longest = name.length;
    best = { node: value as Node | null, offset: key.range[0], rest: wanted.slice(name.length) };
  }
  return best;
}

/** An origin in a file: `base` leads to the object in its document, such as `items[2]` in a List. */
export function originIn(file: string | undefined, layout: Layout, base = ""): Origin {
  return {
    file,
    lineOf: (path) => layout.lineOf(base === "" || path === "" ? base + path : `${base}.${path}`),
  };
}
