import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/**
 * Calls back for every line of a stream, without its end, and for what follows the last one.
 *
 * @param maxLineChars  a longer line is cut there and goes on as the next one: a program that never writes a newline must not
 *   fill memory
 */
export function eachLine(stream: Readable, onLine: (line: string) => void, maxLineChars = 16 * 1024): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    while (rest.length > maxLineChars) {
      onLine(rest.slice(0, maxLineChars));
      rest = rest.slice(maxLineChars);
    }
  };
  stream.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
  stream.on("end", () => {
    take(decoder.end());
    if (rest !== "") onLine(rest);
  });
  stream.on("error", () => {});
}
