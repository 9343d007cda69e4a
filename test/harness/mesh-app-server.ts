import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { listening } from "#host/ports.ts";

/** How this instance answers from here on. */
export interface Behaviour {
  status: number;
  delayMs: number;
  /** The connection is closed in place of an answer. */
  resets: boolean;
  /** Of answers to gRPC. */
  grpcStatus: number;
}

/** What the server answers with: who it is and what it saw. */
export interface Echo {
  readonly by: string;
  readonly version: string;
  readonly method: string;
  readonly path: string;
  readonly http: "1.1" | "2";
  readonly headers: Readonly<Record<string, string>>;
}

export const behaviour: Behaviour = { status: 200, delayMs: 0, resets: false, grpcStatus: 0 };
/** Requests since a test last looked; the oldest go first where nobody does. */
export const seen: Echo[] = [];

const { STOD_WORKLOAD: by = "", STOD_VERSION_LABEL: version = "" } = process.env;
const mostSeen = 5_000;

/** `http` takes HTTP/1.1, HTTP/2 and gRPC; `tcp` sends back what it gets; `first` greets, then sends back what it gets. */
export async function serve(kind: "http" | "tcp" | "first", port: number): Promise<void> {
  await listening(kind === "http" ? httpServer() : echoServer(kind === "first"), {
    host: process.env.HOST ?? "0.0.0.0",
    port,
  });
}

function echoServer(greets: boolean): Server {
  return createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (greets) socket.write(`${by} here\n`);
    socket.pipe(socket);
  });
}

function httpServer(): Server {
  const http1 = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void answer(request, response));
  const http2 = createHttp2Server((request, response) => void answer(request as never, response as never));
  return createTcpServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    const look = () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.off("readable", look);
      socket.unshift(first);
      (first.subarray(0, 3).toString() === "PRI" ? http2 : http1).emit("connection", socket);
    };
    socket.on("readable", look);
  });
}

/** Answers as it was told to behave, else as the query says: `?status=503&delay=100`, or `?failOn=web-0` for one instance. */
async function answer(request: IncomingMessage & { socket: Socket }, response: ServerResponse): Promise<void> {
  const { method = "", url = "/", httpVersion } = request;
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const echo: Echo = { by, version, method, path: url, http: httpVersion === "2.0" ? "2" : "1.1", headers };
  if (seen.push(echo) > mostSeen) seen.shift();
  const query = new URL(url, "http://app").searchParams;
  const waits = behaviour.delayMs || Number(query.get("delay") ?? 0);
  if (waits > 0) await delay(waits);
  if (behaviour.resets || query.get("reset") === by) return void request.socket.destroy();
  request.resume();
  if (headers["content-type"]?.startsWith("application/grpc")) return answerGrpc(response, echo);
  const asked = query.get("failOn") === by ? 503 : Number(query.get("status") ?? 200);
  const status = behaviour.status === 200 ? asked : behaviour.status;
  response.writeHead(status, { "content-type": "application/json", "x-by": by });
  response.end(JSON.stringify(echo));
}

function answerGrpc(response: ServerResponse, echo: Echo): void {
  const { grpcStatus } = behaviour;
  if (grpcStatus !== 0) {
    // As gRPC servers do where there is no message: one block of headers, trailers at once.
    response.writeHead(200, { "content-type": "application/grpc", "grpc-status": String(grpcStatus), "x-by": by });
    return void response.end();
  }
  response.writeHead(200, { "content-type": "application/grpc", "x-by": by });
  const message = Buffer.from(JSON.stringify(echo));
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  response.write(Buffer.concat([prefix, message]));
  response.addTrailers({ "grpc-status": "0" });
  response.end();
}
