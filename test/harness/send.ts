import { once } from "node:events";
import { request as http1Request, type IncomingMessage } from "node:http";
import { connect as http2Connect } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import type { ThrowAwayCertificate } from "./certificates.ts";

/** Where a connection goes in, and where it was going before it was captured. */
export interface Way {
  /** The listener's socket. */
  readonly door: string;
  readonly from: string;
  readonly to: { readonly address: string; readonly port: number };
  /** For connections that come from another sidecar. */
  readonly mtls: (ThrowAwayCertificate & { readonly roots: string; readonly alpn: string }) | undefined;
}

export interface Message {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly http2: boolean;
}

/** An answer; its status is `closed` where the connection was closed instead. */
export interface Reply {
  readonly status: number | "closed";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly ms: number;
}

export async function sendHttp(way: Way, message: Message): Promise<Reply> {
  const began = performance.now();
  const socket = await enter(way);
  try {
    const answer = message.http2 ? await overHttp2(socket, message) : await overHttp1(socket, message);
    return { ...answer, ms: performance.now() - began };
  } catch (reason) {
    return { status: "closed", headers: {}, body: String(reason), ms: performance.now() - began };
  } finally {
    socket.destroy();
  }
}

/** Says something, and gives all that came back until the other side was silent for a moment or closed. */
export async function sendTcp(way: Way, text: string, until: string): Promise<string> {
  const socket = await enter(way);
  let heard = "";
  socket.on("error", () => {});
  if (text !== "") socket.write(text);
  try {
    for await (const chunk of socket.setEncoding("utf8")) {
      heard += chunk;
      if (heard.includes(until)) break;
    }
  } catch {
    // A reset says no more than what was heard before it.
  }
  socket.destroy();
  return heard;
}

const patienceMs = 10_000;

async function enter({ door, from, to, mtls }: Way): Promise<Socket> {
  const socket = connect(door);
  socket.setTimeout(patienceMs, () => socket.destroy(new Error(`silence for ${patienceMs} ms`)));
  socket.write(`PROXY TCP4 ${from} ${to.address} 40000 ${to.port}\r\n`);
  if (mtls === undefined) return socket;
  const { chain, key, roots, alpn } = mtls;
  // Servers are known by their SPIFFE id, which is no host name to check.
  const options = { socket, cert: chain, key, ca: roots, ALPNProtocols: [alpn], checkServerIdentity: () => undefined };
  const secure = tlsConnect(options);
  secure.on("error", () => {});
  return secure;
}

async function overHttp1(socket: Socket, { method, authority, path, headers }: Message): Promise<Omit<Reply, "ms">> {
  const options = { method, path, headers: { host: authority, ...headers }, createConnection: () => socket };
  const asking = http1Request(options).end();
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return { status: response.statusCode ?? 0, headers: plain(response.headers), body };
}

async function overHttp2(socket: Socket, { method, authority, path, headers }: Message): Promise<Omit<Reply, "ms">> {
  const session = http2Connect(`http://${authority}`, { createConnection: () => socket });
  session.on("error", () => {});
  const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream: true });
  const [head] = (await once(stream, "response")) as [Record<string, string | number>];
  let body = "";
  for await (const chunk of stream.setEncoding("utf8")) body += chunk;
  session.destroy();
  return { status: Number(head[":status"]), headers: plain(head), body };
}

function plain(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
