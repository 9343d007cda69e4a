import { createServer, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { frame, GrpcError, status, unframe } from "./grpc-frames.ts";
import { whoAmI } from "./identity.ts";
import { logRequest } from "./request-log.ts";
import { onShutdown } from "./shutdown.ts";
import { Trouble, trouble } from "./trouble.ts";

/** Answers a request message with any number of messages; throws {@link GrpcError} to end with another status than OK. */
export type Method = (request: Buffer) => AsyncIterable<Uint8Array>;

/** Serves gRPC in cleartext (h2c) on `PORT`, methods by their path, until the process is asked to end. */
export function serveGrpc(service: string, defaultPort: number, methods: Readonly<Record<string, Method>>): void {
  const me = whoAmI(service);

  async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const began = performance.now();
    const path = String(headers[":path"]);
    const ended = await run(stream, methods[path]).catch(failed);
    finish(stream, ended);
    logRequest(`${path} ${ended.status} ${ended.message} ${Math.round(performance.now() - began)}ms`);
  }

  async function run(stream: ServerHttp2Stream, method: Method | undefined): Promise<Ended> {
    if (method === undefined) throw new GrpcError("UNIMPLEMENTED", `${service} has no such method`);
    await trouble();
    // Leaving the loop must not end the stream, whose answer is still to be written.
    for await (const request of unframe(stream.iterator({ destroyOnReturn: false }))) {
      for await (const message of method(request)) {
        if (stream.destroyed) throw new GrpcError("UNAVAILABLE", "the caller went away");
        if (!stream.headersSent) stream.respond(head, { waitForTrailers: true });
        stream.write(frame(message));
      }
      return { status: "OK", message: "" };
    }
    throw new GrpcError("INVALID_ARGUMENT", "a call without a message");
  }

  const head = { ":status": 200, "content-type": "application/grpc+proto", "served-by": me };

  /** Ends with trailers; where nothing was sent yet, these are the headers as well. */
  function finish(stream: ServerHttp2Stream, ended: Ended): void {
    if (stream.destroyed) return;
    const trailers = { "grpc-status": status[ended.status], "grpc-message": encodeURIComponent(ended.message) };
    if (stream.headersSent) {
      stream.once("wantTrailers", () => stream.sendTrailers(trailers));
      stream.end();
    } else {
      stream.respond({ ...head, ...trailers }, { endStream: true });
    }
  }

  const sessions = new Set<Http2Session>();
  const server = createServer();
  server.on("session", (session) => sessions.add(session.once("close", () => sessions.delete(session))));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {}); // A caller that resets its call is no news.
    void answer(stream, headers);
  });
  server.listen(Number(process.env.PORT ?? defaultPort), process.env.HOST, () => {
    console.log(`${me} serves gRPC on port ${(server.address() as AddressInfo).port}`);
  });
  onShutdown(() => {
    server.close();
    for (const session of sessions) session.close(); // GOAWAY now, the end after the last call.
  });
}

type Ended = Pick<GrpcError, "status" | "message">;

function failed(reason: unknown): Ended {
  if (reason instanceof GrpcError) return reason;
  if (reason instanceof Trouble) return { status: "UNAVAILABLE", message: reason.message };
  if (reason instanceof RangeError) return { status: "INVALID_ARGUMENT", message: reason.message };
  console.error(reason);
  return { status: "UNKNOWN", message: "something went wrong, the log says what" };
}
