const quote = 0x22;
const backslash = 0x5c;
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/** Nobody's configuration is nested as deep; what walks over values may use the stack. */
const maxDepth = 128;

/**
 * The value of a JSON text that came from outside.
 *
 * @throws SyntaxError where it is none, or is nested too deep: found before anything is made of it
 */
export function readJson(text: Buffer): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested deeper than ${maxDepth} levels`);
  return JSON.parse(text.toString());
}

function isTooDeep(text: Buffer): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number;
    if (byte === quote) at = endOfString(text, at);
    else if (closing.has(byte)) depth--;
    else if (opening.has(byte) && ++depth > maxDepth) return true;
  }
  return false;
}

/** Where the string ends that begins there: at the next quote that is not escaped. */
function endOfString(text: Buffer, from: number): number {
  for (let end = text.indexOf(quote, from + 1); end !== -1; end = text.indexOf(quote, end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
