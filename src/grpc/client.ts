import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls, type PeerCertificate } from "node:tls";
import { type Duration, seconds } from "#base/duration.ts";
import { ClientCall, type ClientStreamListener } from "./client-call.ts";
import { type Keepalive, keepAlive } from "./keepalive.ts";
import { uriSans } from "./peer.ts";
import { GrpcError, status } from "./status.ts";
import { formatTimeout } from "./timeout.ts";

/** What a client shows of itself, and whom it believes (PEM). */
export interface ClientTls {
  readonly roots: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Says what is wrong with the server's verified certificate; without it, the host's name must be in there. */
  readonly checkServer?: (uriSans: readonly string[]) => string | undefined;
}

/** Where a channel leads to. */
export type ConnectTo =
  | { readonly unix: string }
  | { readonly host: string; readonly port: number; readonly tls: ClientTls }
  | { readonly loopbackPort: number };

export interface ChannelOptions {
  /** Longest message taken; 4 MiB unless said. */
  readonly maxMessageBytes?: number;
  readonly connectTimeout?: Duration;
  readonly keepalive?: Keepalive;
}

export interface CallOptions {
  readonly timeout?: Duration;
  readonly headers?: OutgoingHttpHeaders;
}

/**
 * One connection to a server, opened by the first call and again by the next one after it broke.
 * When to try again is the caller's choice.
 */
export class Channel {
  readonly #to: ConnectTo;
  readonly #options: ChannelOptions;
  #session: ClientHttp2Session | undefined;

  constructor(to: ConnectTo, options: ChannelOptions = {}) {
    this.#to = to;
    this.#options = options;
  }

  /**
   * Calls a method of one message in and one out.
   * @throws GrpcError  with the server's status, or UNAVAILABLE where the connection failed
   */
  unary(path: string, request: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      let response: Uint8Array | undefined;
      const call = this.stream(path, options, {
        message(bytes) {
          response ??= bytes;
        },
        closed(error) {
          if (error !== undefined) reject(error);
          else if (response === undefined) reject(new GrpcError(status.internal, "the answer has no message"));
          else resolve(response);
        },
      });
      call.write([request]);
      call.halfClose();
    });
  }

  /** Opens a stream of messages both ways. What comes of it, failure to connect included, the listener hears. */
  stream(path: string, options: CallOptions, listener: ClientStreamListener): ClientCall {
    const headers: OutgoingHttpHeaders = {
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...(options.timeout === undefined ? {} : { "grpc-timeout": formatTimeout(options.timeout) }),
      ...options.headers,
    };
    const stream = this.#connected().request(headers);
    return new ClientCall(stream, listener, this.#options.maxMessageBytes ?? 4 * 1024 * 1024, options.timeout);
  }

  /** Ends the connection, and with it every call on it. */
  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    const open = this.#session;
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    const to = this.#to;
    const authority =
      "tls" in to ? `https://${isIP(to.host) === 6 ? `[${to.host}]` : to.host}:${to.port}` : "http://localhost";
    const session = connect(authority, {
      createConnection: () => socketTo(to),
      settings: { initialWindowSize: 1024 * 1024, enablePush: false },
      maxSessionMemory: 64,
    });
    session.on("error", () => undefined); // each call hears of it
    session.once("connect", () => {
      if (!session.destroyed) session.setLocalWindowSize(4 * 1024 * 1024);
    });
    const late = setTimeout(() => session.destroy(), (this.#options.connectTimeout ?? seconds(10)).ms);
    session.once("connect", () => clearTimeout(late));
    session.once("close", () => clearTimeout(late));
    session.once("goaway", () => {
      if (this.#session === session) this.#session = undefined;
    });
    keepAlive(session, this.#options.keepalive ?? { every: seconds(30), timeout: seconds(20) });
    this.#session = session;
    return session;
  }
}

function socketTo(to: ConnectTo) {
  if ("unix" in to) return connectTcp({ path: to.unix });
  if ("loopbackPort" in to) return connectTcp({ host: "127.0.0.1", port: to.loopbackPort });
  const { roots, certificate, key, checkServer } = to.tls;
  return connectTls({
    host: to.host,
    port: to.port,
    ca: roots,
    cert: certificate,
    key,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["h2"],
    ...(isIP(to.host) === 0 ? { servername: to.host } : {}),
    ...(checkServer === undefined ? {} : { checkServerIdentity: (_, shown) => refusal(checkServer, shown) }),
  });
}

function refusal(check: NonNullable<ClientTls["checkServer"]>, shown: PeerCertificate): Error | undefined {
  const wrong = check(uriSans(shown.subjectaltname ?? ""));
  return wrong === undefined ? undefined : new Error(wrong);
}
