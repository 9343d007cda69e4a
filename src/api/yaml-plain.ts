/**
 * The value of a document written in the plain part of YAML that nearly all configuration is written in: maps, lists,
 * scalars and flow collections of one line. `undefined` for whatever is beyond that, or may be wrong: the whole parser,
 * some twenty times slower, has to look at it. What is read here, that one reads just the same.
 */
export function readPlain(text: string): Record<string, unknown> | undefined {
  // Tabs, other scripts and control codes have rules of their own.
  if (/[^\x20-\x7e\n\r]/.test(text)) return undefined;
  try {
    const reader = new PlainReader(text);
    return reader.map(0, 0) as Record<string, unknown>;
  } catch (thrown) {
    if (thrown === beyond) return undefined;
    throw thrown;
  }
}

/** Thrown where the plain part ends. */
const beyond = Symbol("beyond plain YAML");

const maxDepth = 32;

const key = /^(?:([A-Za-z0-9_][A-Za-z0-9_./-]*)|"([^"\\]*)"|'([^']*)'):(?: +|$)/;
const quoted = /^(?:"([^"\\]*)"|'([^']*)')(?: +#.*| *)$/;
const comment = /^ *(?:#|$)/;

/** A line with something on it. */
interface Line {
  readonly indent: number;
  readonly text: string;
}

class PlainReader {
  readonly #lines: Line[] = [];
  #at = 0;

  constructor(text: string) {
    const lines = text.split("\n");
    for (const [nth, written] of lines.entries()) {
      const line = written.endsWith("\r") ? written.slice(0, -1) : written;
      if (comment.test(line) || (nth === 0 && /^--- *(#.*)?$/.test(line))) continue;
      const indent = line.search(/[^ ]/);
      this.#lines.push({ indent, text: line.slice(indent) });
    }
    if (this.#lines.length === 0) throw beyond;
  }

  map(indent: number, depth: number): unknown {
    const map: Record<string, unknown> = {};
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      if (line.text.startsWith("- ") || line.text === "-") break;
      this.#at++;
      this.#entry(map, line.text, indent, depth);
    }
    const next = this.#lines[this.#at];
    if (next !== undefined && (next.indent > indent || depth === 0)) throw beyond;
    return map;
  }

  #entry(map: Record<string, unknown>, text: string, indent: number, depth: number): void {
    const found = key.exec(text);
    if (found === null) throw beyond;
    const name = (found[1] ?? found[2] ?? found[3]) as string;
    if (name === "__proto__" || name === "null" || Object.hasOwn(map, name)) throw beyond;
    const value = text.slice(found[0].length);
    map[name] = comment.test(value) ? this.#below(indent, depth) : this.#scalar(value, indent, depth);
  }

  /** What stands on the lines below a key: deeper, or a list just as deep. */
  #below(indent: number, depth: number): unknown {
    if (depth >= maxDepth) throw beyond;
    const next = this.#lines[this.#at];
    if (next === undefined || next.indent < indent) return null;
    const isList = next.text.startsWith("- ") || next.text === "-";
    if (isList) return this.#list(next.indent, depth + 1);
    return next.indent > indent ? this.map(next.indent, depth + 1) : null;
  }

  #list(indent: number, depth: number): unknown[] {
    const list: unknown[] = [];
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      if (!line.text.startsWith("- ") || depth >= maxDepth) break;
      const inner = line.text.slice(1).trimStart();
      if (inner.startsWith("- ") || inner === "-" || inner.startsWith("#") || inner === "") throw beyond;
      if (key.test(inner)) {
        // The item's first entry stands beside its dash: read it as the line that it would be by itself.
        const column = indent + line.text.length - inner.length;
        this.#lines[this.#at] = { indent: column, text: inner };
        list.push(this.map(column, depth + 1));
      } else {
        this.#at++;
        list.push(this.#scalar(inner, indent, depth));
      }
    }
    const next = this.#lines[this.#at];
    if (next !== undefined && (next.indent > indent || (next.indent === indent && next.text.startsWith("-"))))
      throw beyond;
    return list;
  }

  /** A value on the line of its key or dash; deeper lines would go on with it. */
  #scalar(text: string, indent: number, depth: number): unknown {
    const next = this.#lines[this.#at];
    if (next !== undefined && next.indent > indent) throw beyond;
    const first = text[0] as string;
    if (first === "[" || first === "{") return readFlow(text, depth);
    if (first === '"' || first === "'") {
      const found = quoted.exec(text);
      if (found === null) throw beyond;
      return found[1] ?? found[2];
    }
    const end = text.search(/ #/);
    return plainScalar((end === -1 ? text : text.slice(0, end)).trimEnd());
  }
}

/** A collection in brackets or braces, to the end of the line. */
function readFlow(text: string, depth: number): unknown {
  let at = 0;
  const value = read(depth);
  if (!/^(?: +#.*| *)$/.test(text.slice(at))) throw beyond;
  return value;

  function read(level: number): unknown {
    if (level >= maxDepth) throw beyond;
    const first = text[at];
    if (first === "[") return items(level);
    if (first === "{") return entries(level);
    if (first === '"' || first === "'") return string();
    const found = /^[^,[\]{}:#&*!|>'"%@`?]+/.exec(text.slice(at))?.[0];
    if (found === undefined) throw beyond;
    at += found.length;
    if (text[at] !== "," && text[at] !== "]" && text[at] !== "}") throw beyond;
    return plainScalar(found.trimEnd());
  }

  function string(): string {
    const found = /^(?:"([^"\\]*)"|'([^']*)')(?!')/.exec(text.slice(at));
    if (found === null) throw beyond;
    at += found[0].length;
    return (found[1] ?? found[2]) as string;
  }

  function items(level: number): unknown[] {
    const list: unknown[] = [];
    at++;
    blanks();
    if (closes("]")) return list;
    while (true) {
      list.push(read(level + 1));
      blanks();
      if (closes("]")) return list;
      comma();
    }
  }

  function entries(level: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    at++;
    blanks();
    if (closes("}")) return map;
    while (true) {
      const found = key.exec(text.slice(at));
      const name = found?.[1] ?? found?.[2] ?? found?.[3];
      if (found === null || name === undefined || name === "__proto__" || name === "null" || Object.hasOwn(map, name))
        throw beyond;
      at += found[0].length;
      map[name] = read(level + 1);
      blanks();
      if (closes("}")) return map;
      comma();
    }
  }

  function closes(bracket: string): boolean {
    if (text[at] !== bracket) return false;
    at++;
    return true;
  }

  function comma(): void {
    if (text[at] !== ",") throw beyond;
    at++;
    blanks();
  }

  function blanks(): void {
    while (text[at] === " ") at++;
  }
}

const wholeNumber = /^-?(?:0|[1-9][0-9]{0,14})$/;
const fraction = /^-?(?:0|[1-9][0-9]{0,8})\.[0-9]{1,8}$/;
const anyNumber =
  /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN))$/;

/** A scalar without quotes, as YAML 1.2's core schema takes it. */
function plainScalar(text: string): unknown {
  if (!/^(?:[A-Za-z0-9_./(^$;=<~+\\]|-[A-Za-z0-9_./])/.test(text) || text.includes(": ") || text.endsWith(":"))
    throw beyond;
  if (text === "true") return true;
  if (text === "false") return false;
  if (/^(?:~|null|Null|NULL|True|TRUE|False|FALSE)$/.test(text)) throw beyond;
  if (!anyNumber.test(text)) return text;
  if (wholeNumber.test(text) || fraction.test(text)) return Number(text);
  throw beyond;
}
