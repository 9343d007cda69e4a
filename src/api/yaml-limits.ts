export interface YamlLimits {
  /** Of one document's text, in characters. */
  readonly maxLength: number;
  /** Levels of maps and lists in each other. */
  readonly maxDepth: number;
  /** Lines and commas, as each may bring a value that costs the parser some 20 µs. */
  readonly maxValues: number;
}

export const defaultLimits: YamlLimits = { maxLength: 1 << 20, maxDepth: 64, maxValues: 100_000 };

/**
 * Why a text is too much to be parsed at all: it would take the parser seconds, or its whole stack. Quotes are not looked
 * at, so depth is asked for far above its true limit, which {@link isDeeper} holds afterwards.
 */
export function excess(text: string, { maxLength, maxDepth, maxValues }: YamlLimits): string | undefined {
  if (text.length > maxLength) return `the document is ${text.length} characters long, and ${maxLength} is the most`;
  let open = 0;
  let values = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === openBracket || c === openBrace) deepest = Math.max(deepest, ++open);
    else if (c === closeBracket || c === closeBrace) open--;
    else if (c === comma || c === newline) values++;
  }
  if (values > maxValues) return `the document has more than ${maxValues} lines and values`;
  if (deepest > 1000 || /(?:[-?][ \t]+){200}/.test(text)) return tooDeep(maxDepth);
  return undefined;
}

const [openBracket, openBrace, closeBracket, closeBrace, comma, newline] = [0x5b, 0x7b, 0x5d, 0x7d, 0x2c, 0x0a];

export function tooDeep(maxDepth: number): string {
  return `the document is nested more than ${maxDepth} levels deep`;
}

export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
