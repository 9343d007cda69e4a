import { RE2JS, RE2JSSyntaxException } from "@bufbuild/re2";

/** Longest regular expression that we pass on, in characters: a far longer one is a mistake or an attack. */
export const maxRegexLength = 2048;

const known = new Map<string, string | undefined>();

/**
 * What keeps a text from being a regular expression to Envoy, which speaks RE2: a clause such as ``RE2 has no
 * lookahead or lookbehind: `(?=` ``; `undefined` where it is fine.
 */
export function regexProblem(text: string): string | undefined {
  if (text.length > maxRegexLength) return `it is ${text.length} characters long, and ${maxRegexLength} is the most`;
  if (known.has(text)) return known.get(text);
  const problem = compileProblem(text);
  if (known.size >= 1000) known.clear();
  known.set(text, problem);
  return problem;
}

function compileProblem(text: string): string | undefined {
  try {
    RE2JS.compile(text);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return explain(error.message.replace(/^error parsing regexp: /, ""));
    return `it cannot be compiled (${(error as Error).message})`;
  }
}

/** RE2 names what it stumbled over; people know these by other names. */
function explain(message: string): string {
  const at = /: `(.*)`$/s.exec(message)?.[1] ?? "";
  if (/^\(\?<?[=!]/.test(at)) return `RE2 has no lookahead or lookbehind: \`${at}\``;
  if (/^\\[1-9]/.test(at)) return `RE2 has no backreferences: \`${at}\``;
  if (at.startsWith("(?>")) return `RE2 has no atomic groups: \`${at}\``;
  return message;
}
