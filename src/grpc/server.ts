import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Duration, seconds } from "#base/duration.ts";
import { type Keepalive, keepAlive } from "./keepalive.ts";
import { type Methods, serve } from "./methods.ts";
import { defaultMaxInFlightBytes, plaintextMaxInFlightBytes } from "./paced-writer.ts";
import { type Peer, peerOf } from "./peer.ts";
import { ServerCall, type ServerLimits } from "./server-call.ts";
import { GrpcError, status } from "./status.ts";
import { listenUnix } from "./unix-socket.ts";

export interface GrpcServerOptions {
  readonly methods: Methods;
  /** Longest message taken; 4 MiB unless said. */
  readonly maxMessageBytes?: number;
  /** Bytes of one stream on their way to the socket at a time; 64 KiB over TLS and 256 KiB without, unless said. */
  readonly maxInFlightBytes?: number;
  /** Calls at a time on one connection; 1,000 unless said. */
  readonly maxConcurrentStreams?: number;
  readonly keepalive?: Keepalive;
}

/** What a TLS listener shows of itself (PEM), and whether its clients have to do the same. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** Roots that clients' certificates are checked against. */
  readonly clientRoots: string;
  /** `optional` takes clients without a certificate, and still refuses one that does not check out. */
  readonly clientCertificate: "required" | "optional";
}

/** Where a server listens. Plaintext is for the loopback only. */
export type ListenAt =
  | { readonly unix: string }
  | { readonly host: string; readonly port: number; readonly tls: ServerTls }
  | { readonly loopbackPort: number };

/** A place where a server listens. */
export interface Listening {
  /** The port that was given, or chosen where 0 was asked for; `undefined` for a unix socket. */
  readonly port: number | undefined;
  /** Shows another certificate to the connections that come from now on. */
  renew(tls: Pick<ServerTls, "certificate" | "key" | "clientRoots">): void;
}

const defaultKeepalive: Keepalive = { every: seconds(30), timeout: seconds(20) };

/** A gRPC server of unary and bidirectional methods, over any number of sockets. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #limits: { readonly tls: ServerLimits; readonly plaintext: ServerLimits };
  readonly #servers: (Http2Server | Http2SecureServer)[] = [];
  readonly #sessions = new Set<ServerHttp2Session>();
  #closing = false;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    const maxMessageBytes = options.maxMessageBytes ?? 4 * 1024 * 1024;
    this.#limits = {
      tls: { maxMessageBytes, maxInFlightBytes: options.maxInFlightBytes ?? defaultMaxInFlightBytes },
      plaintext: { maxMessageBytes, maxInFlightBytes: options.maxInFlightBytes ?? plaintextMaxInFlightBytes },
    };
  }

  async listen(at: ListenAt): Promise<Listening> {
    const secure = "tls" in at ? createSecureServer({ ...this.#http2(), ...tlsOptions(at.tls) }) : undefined;
    const server = secure ?? createServer(this.#http2());
    server.on("session", (session: ServerHttp2Session) => this.#session(session));
    server.on("sessionError", () => undefined); // its streams hear of it as well
    secure?.on("secureConnection", (socket: TLSSocket) => {
      // With an optional certificate Node lets a bad one through; to us it is worse than none.
      if (!socket.authorized && socket.getPeerX509Certificate() !== undefined) socket.destroy();
    });
    if ("unix" in at) await listenUnix(server, at.unix);
    else await listenTcp(server, "tls" in at ? at : { host: "127.0.0.1", port: at.loopbackPort });
    this.#servers.push(server);
    const address = server.address() as AddressInfo | string;
    return {
      port: typeof address === "string" ? undefined : address.port,
      renew: ({ certificate, key, clientRoots }) =>
        secure?.setSecureContext({ cert: certificate, key, ca: clientRoots, minVersion: "TLSv1.2" }),
    };
  }

  /**
   * Stops listening, tells every client so (GOAWAY), lets calls finish, and ends those that have not by the limit.
   * Fulfilled when all connections are closed.
   */
  async shutdown(limit: Duration): Promise<void> {
    this.#closing = true;
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const session of this.#sessions) session.close();
    const late = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, limit.ms);
    await Promise.all(closed);
    clearTimeout(late);
  }

  #http2() {
    return {
      settings: { maxConcurrentStreams: this.#options.maxConcurrentStreams ?? 1000, initialWindowSize: 256 * 1024 },
      maxSessionMemory: 64,
    };
  }

  #session(session: ServerHttp2Session): void {
    if (this.#closing) {
      session.destroy();
      return;
    }
    const peer = peerOf(session.socket);
    this.#sessions.add(session);
    session.once("close", () => this.#sessions.delete(session));
    session.on("error", () => undefined); // told to each of its streams by their "close"
    session.on("stream", (stream, headers) => this.#stream(stream, headers, peer));
    keepAlive(session, this.#options.keepalive ?? defaultKeepalive);
  }

  #stream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer): void {
    const isGrpc = String(headers["content-type"] ?? "").startsWith("application/grpc");
    if (headers[":method"] !== "POST" || !isGrpc) {
      refuse(stream, isGrpc ? 405 : 415);
      return;
    }
    const call = new ServerCall(stream, headers, peer, this.#limits[peer.transport === "tls" ? "tls" : "plaintext"]);
    const method = this.#options.methods.get(call.path);
    if (method === undefined) call.fail(new GrpcError(status.unimplemented, `there is no method ${call.path}`));
    else serve(method, call);
  }
}

function refuse(stream: ServerHttp2Stream, httpStatus: number): void {
  stream.on("error", () => undefined);
  stream.respond({ ":status": httpStatus }, { endStream: true });
  stream.resume();
}

function tlsOptions(tls: ServerTls) {
  return {
    cert: tls.certificate,
    key: tls.key,
    ca: tls.clientRoots,
    minVersion: "TLSv1.2" as const,
    requestCert: true,
    rejectUnauthorized: tls.clientCertificate === "required",
  };
}

function listenTcp(server: Http2Server | Http2SecureServer, at: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: at.host, port: at.port, backlog: 4096 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
