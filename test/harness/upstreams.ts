import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { listening } from "#host/ports.ts";
import type { Certificates } from "./certificates.ts";

/** What an upstream does with a request: a status, or more about it. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly delayMs: number;
  /** Closes the connection instead of answering. */
  readonly resets: boolean;
}

/** A request as an upstream saw it. */
export interface Sighting {
  /** Who saw it. */
  readonly by: string;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly http: "1.1" | "2";
  /** A copy that nobody waits for the answer to. */
  readonly mirrored: boolean;
  /** The SPIFFE id of whoever called over mTLS; `undefined` for plaintext. */
  readonly caller: string | undefined;
}

/** One endpoint to stand in for. */
export interface UpstreamPlace {
  /** What it is called in cases. */
  readonly name: string;
  readonly identity: string;
  readonly speaks: "http" | "tcp";
  /** It is called over mTLS. */
  readonly tls: boolean;
}

/**
 * Small real servers on unix sockets, in place of a mesh's endpoints. One for HTTP takes
 * HTTP/1.1 and HTTP/2; one for TCP speaks first: it greets with its name, then sends back what it gets.
 */
export class Upstreams implements AsyncDisposable {
  readonly sightings: Sighting[] = [];
  readonly #directory: string;
  readonly #certificates: Certificates;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #answers: UpstreamAnswer[] = [];

  constructor(directory: string, certificates: Certificates) {
    this.#directory = directory;
    this.#certificates = certificates;
  }

  /** Forgets what was seen, and sets what is answered from here on: one after the other, the last one for ever. */
  expect(answers: readonly UpstreamAnswer[]): void {
    this.sightings.length = 0;
    this.#answers = [...answers];
  }

  /** Opens a server, and gives the path of its socket. */
  async open(place: UpstreamPlace): Promise<string> {
    const path = join(this.#directory, `up-${this.#servers.length}.sock`);
    const handle = (request: HttpRequest, response: ServerResponse) => void this.#answer(place, request, response);
    const http1 = createServer(handle);
    const http2 = createHttp2Server((request, response) => handle(request as never, response as never));
    const plain = (socket: Socket) => void this.#takePlain(socket, place, http1, http2);
    const server = place.tls ? this.#secured(place, plain) : createTcpServer(plain);
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => socket.destroy());
    });
    this.#servers.push(server);
    await listening(server, { path });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes the TLS off what comes. */
  #secured({ identity }: UpstreamPlace, plain: (socket: Socket) => void): Server {
    const { chain, key } = this.#certificates.of(identity);
    const options = {
      cert: chain,
      key,
      ca: this.#certificates.roots,
      requestCert: true,
      rejectUnauthorized: true,
      // As a sidecar does: whatever of the mesh's own protocols is offered.
      ALPNCallback: ({ protocols }: { protocols: string[] }) => protocols[0],
    };
    return createTlsServer(options, plain);
  }

  async #takePlain(socket: Socket, { name, speaks }: UpstreamPlace, ...[http1, http2]: HttpServers): Promise<void> {
    socket.on("error", () => socket.destroy());
    if (speaks === "tcp") {
      socket.write(`${name} here\n`);
      socket.pipe(socket);
      return;
    }
    const first = await firstBytes(socket);
    if (first === undefined) return;
    (first.subarray(0, 3).toString() === "PRI" ? http2 : http1).emit("connection", socket);
  }

  async #answer({ name }: UpstreamPlace, request: HttpRequest, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers, httpVersion } = request;
    const plain = Object.entries(headers).map(([key, value]) => [key, String(value)]);
    const authority = String(headers[":authority"] ?? headers.host ?? "");
    const mirrored = /-shadow(:\d+)?$/.test(authority);
    this.sightings.push({
      by: name,
      method,
      path: url,
      authority,
      mirrored,
      headers: Object.fromEntries(plain),
      http: httpVersion === "2.0" ? "2" : "1.1",
      caller: callerOf(request.socket),
    });
    const answer = mirrored ? ok : ((this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0]) ?? ok);
    if (answer.delayMs > 0) await delay(answer.delayMs);
    if (answer.resets) return void request.socket.destroy();
    response.writeHead(answer.status, { ...answer.headers, "x-upstream": name });
    response.end(`${name}\n`);
  }
}

const ok: UpstreamAnswer = { status: 200, headers: {}, delayMs: 0, resets: false };

type HttpServers = [http1: ReturnType<typeof createServer>, http2: ReturnType<typeof createHttp2Server>];
type HttpRequest = IncomingMessage & { socket: Socket };

/** What a peer sends first, left in place for whoever reads next; `undefined` if it sends nothing and goes. */
function firstBytes(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const look = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      socket.off("readable", look);
      socket.unshift(chunk);
      resolve(chunk);
    };
    socket.on("readable", look).once("close", () => resolve(undefined));
  });
}

function callerOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const names = socket.getPeerCertificate().subjectaltname ?? "";
  return /URI:(spiffe:[^,]+)/.exec(names)?.[1];
}
