/** Control characters, but for the end of a line and the tab, and those that turn the direction of text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const codes = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from outside, as it can be printed: what a terminal would obey is spelled out, as in `\u001b[31m`. */
export function visible(text: string): string {
  return text.replace(codes, spelled);
}

/** The same, on one line. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours start with one
const colours = /(\u001b\[[\d;]*m)/;

/** The same, with colours left as they are: programs print them, and they do no harm. */
export function visibleInColour(text: string): string {
  const parts = text.split(colours);
  return parts.map((part, nth) => (nth % 2 === 1 ? part : visible(part))).join("");
}

function spelled(code: string): string {
  return `\\u${code.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
