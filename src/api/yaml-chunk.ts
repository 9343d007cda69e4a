/** One document of a YAML file, as text: where it starts, and what stands there. */
export interface YamlChunk {
  readonly text: string;
  /** Line of the file on which the text starts; 1-based. */
  readonly line: number;
}

/**
 * A YAML file cut into its documents, without being parsed: so a document that did not change needs no parsing again,
 * and one that cannot be parsed leaves its neighbours alone.
 *
 * A line that starts with `---` starts a document wherever it stands, inside of quotes and block scalars too. Files with
 * directives (`%YAML`) or end marks (`...`) are rare, and stay whole: the parser finds their documents.
 */
export function splitDocuments(file: string): YamlChunk[] {
  const text = file.startsWith("\uFEFF") ? file.slice(1) : file;
  if (/^(%|\.\.\.(\s|$))/m.test(text)) return [{ text, line: 1 }];
  const chunks: YamlChunk[] = [];
  let start = 0;
  let line = 1;
  for (const mark of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    if (mark.index === 0) continue;
    const chunk = text.slice(start, mark.index);
    if (hasContent(chunk)) chunks.push({ text: chunk, line });
    line += countLines(chunk);
    start = mark.index;
  }
  const last = text.slice(start);
  if (hasContent(last)) chunks.push({ text: last, line });
  return chunks;
}

/** Whether there is more than blanks, comments and the mark of the document's start. */
function hasContent(chunk: string): boolean {
  return /^[ \t]*[^\s#]/m.test(chunk.startsWith("---") ? chunk.slice(3) : chunk);
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
