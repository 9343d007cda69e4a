import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Cleans up when the bench ends, by Ctrl-C too; what was made last goes first.
 *
 * @returns cleans up now, and not once more at the end
 */
export function atEnd(cleanUp: () => void): () => void {
  const once = () => {
    process.off("exit", once);
    cleanUp();
  };
  process.prependListener("exit", once);
  return once;
}

/** A directory that is gone when the bench ends. */
export function scratchDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "stod-bench-"));
  return { path, remove: atEnd(() => rmSync(path, { recursive: true, force: true })) };
}
