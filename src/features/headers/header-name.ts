/** Whether a header is the host that is called, which Envoy rewrites instead of changing a header. */
export function isHost(name: string): boolean {
  return name.toLowerCase() === "host" || name.toLowerCase() === ":authority";
}

/** Whether Envoy lets nobody change a header by this name: the host, and the other parts of a request's first line. */
export function isFixed(name: string): boolean {
  return isHost(name) || name.startsWith(":") || name === "";
}

/** Whether HTTP allows a header by this name. */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
}

/** The parts of a request's first line, which HTTP/2 sends as headers. */
export const pseudoHeaders: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path"]);

/** Whether a text can be the host of a request: it is there, in one piece. */
export function isAuthority(text: string): boolean {
  return /^[^\s\p{Cc}]+$/u.test(text);
}
