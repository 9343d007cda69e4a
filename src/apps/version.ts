import { readFileSync } from "node:fs";

/** Which stod this is. */
export function stodVersion(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}
