import { missingField, unknownField, wrongValue } from "#apps/up/mesh-file/findings.ts";
import type { Finding } from "#findings/finding.ts";

/** Where findings about one file go, and on which line its fields are. */
export interface Reading {
  readonly file: string;
  lineOf(path: string): number | undefined;
  readonly findings: Finding[];
}

/** What a value should be, for the finding about one that is not. */
interface Wanted {
  readonly wanted: string;
  readonly example: string;
}

const listOf = { wanted: "a list", example: "[a, b]" };
const mapOf = { wanted: "a map", example: "{ name: value }" };

/**
 * A map of the file, read field by field. A value of the wrong kind becomes a finding and reads as if it had been left
 * out, so that one look finds every mistake.
 */
export class Fields {
  readonly reading: Reading;
  readonly path: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(reading: Reading, value: unknown, path: string) {
    this.reading = reading;
    this.path = path;
    this.#values = isMap(value) ? value : {};
    if (!isMap(value) && value !== null) this.#wrong(path || "stod.yaml", path, value, mapOf);
  }

  /** Tells every field that is not one of these. */
  only(...known: string[]): this {
    for (const field of Object.keys(this.#values)) {
      if (known.includes(field)) continue;
      this.reading.findings.push(unknownField({ at: this.at(field), path: this.path, field, known }));
    }
    return this;
  }

  has(field: string): boolean {
    return this.raw(field) !== undefined;
  }

  /** A field as it is there, `undefined` where it is not or has no value. */
  raw(field: string): unknown {
    return Object.hasOwn(this.#values, field) ? (this.#values[field] ?? undefined) : undefined;
  }

  text(field: string, { matching = /./s, ...wanted }: Wanted & { matching?: RegExp }): string | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    if (typeof value === "string" && matching.test(value) && !value.includes("\0")) return value;
    return this.wrong(field, wanted);
  }

  flag(field: string): boolean | undefined {
    const value = this.raw(field);
    if (value === undefined || typeof value === "boolean") return value;
    return this.wrong(field, { wanted: "true or false", example: `${field}: true` });
  }

  whole(field: string, least: number, most: number): number | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
    return this.wrong(field, { wanted: `a whole number from ${least} to ${most}`, example: `${field}: ${least + 1}` });
  }

  list(field: string, wanted: Wanted = listOf): readonly unknown[] {
    const value = this.raw(field);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.length <= 1000) return value;
    this.wrong(field, wanted);
    return [];
  }

  /** The names that a list has; of a single name, that one. */
  names(field: string): readonly string[] {
    const value = this.raw(field);
    const names = typeof value === "string" ? [value] : this.list(field);
    return names.filter((name, nth): name is string => {
      if (typeof name === "string" && name !== "") return true;
      this.#wrong(`${this.path}.${field}[${nth}]`, this.#inside(`${field}[${nth}]`), name, {
        wanted: "a name",
        example: `${field}: [reviews]`,
      });
      return false;
    });
  }

  /** A map of texts; numbers and booleans are taken as they are written. */
  texts(field: string, keys: RegExp, example: string): Readonly<Record<string, string>> {
    const entries: [string, string][] = [];
    for (const [key, value] of this.entries(field)) {
      const simple = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
      if (simple && keys.test(key) && !String(value).includes("\0")) entries.push([key, String(value)]);
      else if (!keys.test(key)) this.wrongIn(`${field}.${key}`, key, { wanted: "a name that may stand here", example });
      else this.wrongIn(`${field}.${key}`, value, { wanted: "a text", example });
    }
    return Object.fromEntries(entries);
  }

  entries(field: string): readonly [string, unknown][] {
    const value = this.raw(field);
    if (value === undefined) return [];
    if (isMap(value) && Object.keys(value).length <= 1000) return Object.entries(value);
    this.wrong(field, mapOf);
    return [];
  }

  /** The map in a field; an absent one is empty. */
  inside(field: string): Fields {
    return new Fields(this.reading, this.raw(field) ?? {}, this.#inside(field));
  }

  missing(field: string, example: string): undefined {
    this.reading.findings.push(missingField({ at: this.at(""), path: this.path, field, example }));
  }

  wrong(field: string, wanted: Wanted): undefined {
    return this.wrongIn(field, this.raw(field), wanted);
  }

  /** @param below  the way from here to the value, such as `ports[1]` */
  wrongIn(below: string, value: unknown, wanted: Wanted): undefined {
    return this.#wrong(this.#inside(below), this.#inside(below), value, wanted);
  }

  at(field: string): { file: string; line: number | undefined } {
    return { file: this.reading.file, line: this.reading.lineOf(this.#inside(field)) };
  }

  #inside(field: string): string {
    if (field === "") return this.path;
    return this.path === "" ? field : `${this.path}.${field}`;
  }

  #wrong(name: string, path: string, is: unknown, wanted: Wanted): undefined {
    const at = { file: this.reading.file, line: this.reading.lineOf(path) };
    this.reading.findings.push(wrongValue({ at, path: name, is, ...wanted }));
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
