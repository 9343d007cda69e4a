import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { Origin } from "#findings/field-path.ts";
import type { YamlChunk } from "./yaml-chunk.ts";

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
  /** Where the document's content starts; 1-based line of the file. */
  readonly line: number;
  readonly layout: Layout;
}

export interface YamlLimits {
  /** Of one document's text, in characters. */
  readonly maxLength: number;
  /** Levels of maps and lists in each other. */
  readonly maxDepth: number;
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
    logLevel: "silent",
  } as const;
  const documents = parseAllDocuments(text, options);
  return { documents: Array.isArray(documents) ? documents : [], lines };
}

/** Reads the documents of a chunk: one, but for a file that {@link splitDocuments} left whole. Empty ones are skipped. */
export function readYaml(chunk: YamlChunk, limits: YamlLimits): YamlDocument[] {
  if (chunk.text.length > limits.maxLength) {
    const says = `the document is ${chunk.text.length} characters long, and ${limits.maxLength} is the most`;
    return [unread(chunk, { is: "too much", line: chunk.line, says })];
  }
  if (nestsWildly(chunk.text)) {
    const says = `the document is nested more than ${limits.maxDepth} levels deep`;
    return [unread(chunk, { is: "too much", line: chunk.line, says })];
  }
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
  const faults = [...document.errors, ...document.warnings].map(
    ({ code, message, pos }): YamlFault => ({
      is: code === "DUPLICATE_KEY" ? "duplicate key" : code === "RESOURCE_EXHAUSTION" ? "too much" : "syntax",
      line: lineAt(Math.min(pos[0], chunk.text.length)),
      says: code === "DUPLICATE_KEY" ? keyAt(chunk.text, pos[0]) : message,
    }),
  );
  if (faults.length > 0) return { value: undefined, faults: worthSaying(faults), line, layout };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const { message } = error as Error;
    const is = message.startsWith("Excessive alias count") ? "too much" : "syntax";
    return { value, faults: [{ is, line, says: message }], line, layout };
  }
  if (value === null || value === undefined) return undefined;
  if (isDeeper(value, limits.maxDepth)) {
    const says = `the document is nested more than ${limits.maxDepth} levels deep`;
    return { value: undefined, faults: [{ is: "too much", line, says }], line, layout };
  }
  return { value, faults, line, layout };
}

function unread(chunk: YamlChunk, fault: YamlFault): YamlDocument {
  return { value: undefined, faults: [fault], line: chunk.line, layout: new Layout(chunk, 0) };
}

/** One mistake in the syntax makes the parser stumble on and on, so only the first is told; each duplicate key is. */
function worthSaying(faults: readonly YamlFault[]): YamlFault[] {
  const first = faults.find(({ is }) => is !== "duplicate key");
  return first === undefined ? [...faults] : [first];
}

function keyAt(text: string, offset: number): string {
  const key = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s:,{}[\]]+))/.exec(text.slice(offset, offset + 200));
  return key?.[1] ?? key?.[2] ?? key?.[3] ?? "a key";
}

/**
 * Whether brackets or dashes open so many levels that the parser would need seconds, and its whole stack. Quotes are not
 * looked at, so this asks for far more than the true limit, which is held afterwards.
 */
function nestsWildly(text: string): boolean {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === openBracket || c === openBrace) open++;
    else if (c === closeBracket || c === closeBrace) open--;
    if (open > 1000) return true;
  }
  return /(?:[-?][ \t]+){200}/.test(text);
}

const [openBracket, openBrace, closeBracket, closeBrace] = [0x5b, 0x7b, 0x5d, 0x7d];

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

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
