/** A value in a sentence of a finding: `the text "yes"`, `the number 3`, `a list`, `nothing`. */
export function inWords(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return `the text ${JSON.stringify(shortened(value))}`;
  return typeof value === "boolean" ? String(value) : `the number ${String(value)}`;
}

/** A text that fits into a sentence. */
export function shortened(text: string, length = 60): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
