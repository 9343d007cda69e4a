export type Raw = Readonly<Record<string, unknown>>;

/** A case that cannot be run as it is written. */
export class CaseFault extends Error {
  constructor(at: string, says: string) {
    super(at === "" ? says : `${at}: ${says}`);
  }
}

/** A map with known fields only. */
export function fieldsOf(value: unknown, at: string, known: readonly string[]): Raw {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new CaseFault(at, "it is no map");
  const stranger = Object.keys(value).find((field) => !known.includes(field));
  if (stranger !== undefined) throw new CaseFault(at, `${stranger} is none of ${known.join(", ")}`);
  return value as Raw;
}

/** A list; empty where it is absent. */
export function listOf(value: unknown, at: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new CaseFault(at, "it is no list");
  return value;
}

export function stringOf(value: unknown, at: string): string {
  if (typeof value !== "string") throw new CaseFault(at, "it is no text");
  return value;
}

/** A map of texts; `null` stands for what should not be there. */
export function stringsOf(value: unknown, at: string): Record<string, string | null> {
  if (value === undefined) return {};
  const entries = Object.entries(fieldsOf(value, at, Object.keys(value ?? {})));
  return Object.fromEntries(entries.map(([name, text]) => [name.toLowerCase(), text === null ? null : String(text)]));
}
