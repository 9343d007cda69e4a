import { readFileSync, statSync } from "node:fs";

/** Most bytes of one file of objects. */
export const maxFileBytes = 16 << 20;

export type FileContent =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "gone" }
  | { readonly is: "unreadable"; readonly says: string; readonly help: string };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What stands in a file now. It is read at once: a file of objects is small, and a change should not queue behind others. */
export function readObjectFile(path: string): FileContent {
  try {
    // Opening a pipe would wait for its writer.
    const stat = statSync(path);
    if (stat.isDirectory()) return { is: "gone" };
    if (!stat.isFile()) return unreadable("it is no ordinary file", "Replace it by one.");
    if (stat.size > maxFileBytes) {
      return unreadable(`it has ${stat.size} bytes, and ${maxFileBytes} is the most`, "Cut it into several files.");
    }
    const bytes = readFileSync(path);
    if (bytes.includes(0)) return unreadable("it is not text", "Replace it by YAML, or give it another suffix.");
    return { is: "text", text: utf8.decode(bytes) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { is: "gone" };
    if (code === "EACCES" || code === "EPERM")
      return unreadable("reading it is not permitted", `Try: chmod u+r ${path}.`);
    if (code === "ELOOP") return unreadable("it is a link that leads to itself", "Correct the link.");
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return unreadable("it is not UTF-8", "Save it as UTF-8.");
    return unreadable(message, "See to what the system says.");
  }
}

function unreadable(says: string, help: string): FileContent {
  return { is: "unreadable", says, help };
}

/** Whether a file of this name is one of objects: YAML or JSON, and not hidden as the files are that editors save for themselves. */
export function isObjectFile(name: string): boolean {
  return /^[^.#][^/]*\.(ya?ml|json)$/i.test(name);
}
