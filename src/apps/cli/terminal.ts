/** What a person reads: colours where the stream is a terminal and nobody has asked for none. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  /** One of a few colours, the same one for the same name. */
  byName(name: string, text: string): string;
}

export function paintFor(stream: { readonly isTTY?: boolean }): Paint {
  const on = process.env.FORCE_COLOR ? true : stream.isTTY === true && !process.env.NO_COLOR;
  const paint = (code: number) => (text: string) => (on ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: paint(1),
    dim: paint(2),
    green: paint(32),
    yellow: paint(33),
    red: paint(31),
    byName: (name, text) => paint(colours[sum(name) % colours.length] ?? 36)(text),
  };
}

const colours = [36, 35, 34, 32, 33, 96, 95, 94];

function sum(name: string): number {
  return [...name].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) >>> 0, 0);
}

/** Rows as columns of equal width, the last one as it is. Colours do not count for width. */
export function columns(rows: readonly (readonly string[])[], gap = 3): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [nth, cell] of row.entries()) widths[nth] = Math.max(widths[nth] ?? 0, width(cell));
  }
  const lines = rows.map((row) =>
    row
      .map((cell, nth) => (nth === row.length - 1 ? cell : cell + " ".repeat((widths[nth] ?? 0) - width(cell) + gap)))
      .join(""),
  );
  return lines.map((line) => line.trimEnd()).join("\n");
}

function width(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours start with one
  return text.replace(/\u001b\[\d+m/g, "").length;
}
