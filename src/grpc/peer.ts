import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** Who is at the other end of a call, as far as the connection proves it. */
export interface Peer {
  /** `unix` is a socket that only our own user can open; `plaintext` proves nothing. */
  readonly transport: "unix" | "tls" | "plaintext";
  /** URIs of the peer's certificate, SPIFFE ids among them; empty unless that certificate was verified. */
  readonly uriSans: readonly string[];
  /** `undefined` for a unix socket. */
  readonly remoteAddress: string | undefined;
}

/** What a connected socket proves of its peer. */
export function peerOf(socket: Socket | TLSSocket): Peer {
  const remoteAddress = socket.remoteAddress;
  if (isTls(socket)) {
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    return { transport: "tls", uriSans: uriSans(certificate?.subjectAltName ?? ""), remoteAddress };
  }
  return { transport: remoteAddress === undefined ? "unix" : "plaintext", uriSans: [], remoteAddress };
}

/** The socket of an HTTP/2 session is a proxy that answers to `get` alone, so `in` does not tell. */
function isTls(socket: Socket | TLSSocket): socket is TLSSocket {
  return (socket as Partial<TLSSocket>).encrypted === true;
}

/**
 * The URIs in a certificate's alternative names as Node prints them: `DNS:a, URI:spiffe://b, URI:"quoted, as JSON"`.
 *
 * Node quotes a value that could be mistaken for two, so a comma outside quotes does end one.
 */
export function uriSans(subjectAltName: string): readonly string[] {
  const uris: string[] = [];
  for (const [, kind, quoted, plain] of subjectAltName.matchAll(
    /(?:^|, )([^:,"]+):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?=, |$)/g,
  )) {
    if (kind !== "URI") continue;
    const uri = quoted === undefined ? plain : readQuoted(quoted);
    if (uri !== undefined && uri !== "") uris.push(uri);
  }
  return uris;
}

function readQuoted(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
