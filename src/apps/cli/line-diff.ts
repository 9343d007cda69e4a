/** Lines around a change that are shown with it. */
const context = 3;

/** What is to be done to the lines of one text to come to the other: `-` lines go, `+` lines come, with some around them. */
export function lineDiff(before: string, after: string): readonly string[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  const marked = markedLines(a, b);
  const isNear = marked.map((_, at) =>
    marked.slice(Math.max(0, at - context), at + context + 1).some(({ mark }) => mark !== " "),
  );
  const shown: string[] = [];
  for (const [at, { mark, line }] of marked.entries()) {
    if (isNear[at]) shown.push(`${mark} ${line}`);
    else if (isNear[at - 1] && isNear.slice(at).some(Boolean)) shown.push("  ...");
  }
  return shown;
}

interface Marked {
  readonly mark: " " | "+" | "-";
  readonly line: string;
}

function markedLines(a: readonly string[], b: readonly string[]): readonly Marked[] {
  // Length of the longest common part of what follows, for each pair of places.
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = common[i];
    if (row === undefined) continue;
    for (let j = b.length - 1; j >= 0; j--)
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const marked: Marked[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      marked.push({ mark: " ", line: a[i++] ?? "" });
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1)))
      marked.push({ mark: "-", line: a[i++] ?? "" });
    else marked.push({ mark: "+", line: b[j++] ?? "" });
  }
  return marked;
}

function linesOf(text: string): readonly string[] {
  return text.trimEnd() === "" ? [] : text.trimEnd().split("\n");
}
