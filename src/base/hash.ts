import { hash } from "node:crypto";

/**
 * A short name for content: 22 letters, digits, `-` and `_` that hold 128 bits of its SHA-256. Equal for equal
 * content, on every machine; nobody can make two contents with one digest in practice.
 */
export function digest(content: string | Uint8Array): string {
  return hash("sha256", content, "base64url").slice(0, 22);
}
