import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { frame, GrpcError, statusName, unframe } from "./grpc-frames.ts";
import { parseServedBy, type ServedBy } from "./identity.ts";
import type { PassedOn } from "./passed-on.ts";

/** The one connection that is kept to each server; calls share it. */
const sessions = new Map<string, ClientHttp2Session>();

function sessionTo(url: string): ClientHttp2Session {
  const open = sessions.get(url);
  if (open !== undefined && !open.closed && !open.destroyed) return open;
  const session = connect(url);
  const forget = () => sessions.get(url) === session && sessions.delete(url);
  session.on("error", forget).on("goaway", forget).on("close", forget);
  session.unref();
  sessions.set(url, session);
  return session;
}

export interface Call {
  /** Whoever answered; known when the first message is, or the call has ended. */
  readonly servedBy: readonly ServedBy[];
  readonly messages: AsyncIterable<Buffer>;
}

/**
 * Calls a gRPC method in cleartext, with one message.
 *
 * Reading the messages throws {@link GrpcError} when the call ends with another status than OK.
 *
 * @param path  such as `/shop.v1.Orders/Place`
 */
export function call(url: string, path: string, request: Uint8Array, headers: PassedOn, timeoutMs: number): Call {
  const stream = sessionTo(url).request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc+proto",
    "grpc-timeout": `${timeoutMs}m`,
    te: "trailers",
    ...headers,
  });
  stream.setTimeout(timeoutMs, () => stream.destroy(new GrpcError("DEADLINE_EXCEEDED", `no end in ${timeoutMs} ms`)));
  stream.end(frame(request));

  let servedBy: readonly ServedBy[] = [];
  let http: number | undefined;
  let ended: IncomingHttpHeaders = {};
  stream.on("response", (head) => {
    servedBy = parseServedBy(head["served-by"] as string | undefined);
    http = head[":status"];
    ended = head; // A call that fails at once has its status here, with no trailers behind.
  });
  stream.on("trailers", (trailers) => (ended = trailers));

  async function* messages(): AsyncIterable<Buffer> {
    try {
      yield* unframe(stream);
    } catch (reason) {
      if (reason instanceof GrpcError) throw reason;
      throw new GrpcError("UNAVAILABLE", (reason as NodeJS.ErrnoException).code ?? String(reason));
    }
    const code = ended["grpc-status"];
    if (code === "0") return;
    if (code === undefined) throw new GrpcError("UNAVAILABLE", `HTTP ${http ?? "nothing"} and no gRPC status`);
    throw new GrpcError(statusName(Number(code)), decodeURIComponent(String(ended["grpc-message"] ?? "")));
  }

  return {
    get servedBy() {
      return servedBy;
    },
    messages: messages(),
  };
}
