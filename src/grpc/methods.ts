import type { ServerCall, ServerStreamListener } from "./server-call.ts";
import { GrpcError, status, statusOf } from "./status.ts";

/** How a method is served: one message in and one out, or a stream of both. Messages are bytes. */
export type Method =
  | { readonly kind: "unary"; handle(request: Uint8Array, call: ServerCall): Promise<Uint8Array> | Uint8Array }
  | { readonly kind: "stream"; handle(call: ServerCall): ServerStreamListener };

/** The methods of a server by their paths, such as `/grpc.health.v1.Health/Check`. */
export type Methods = ReadonlyMap<string, Method>;

/** Lets a method answer a call. */
export function serve(method: Method, call: ServerCall): void {
  try {
    call.listen(method.kind === "stream" ? method.handle(call) : unary(method.handle, call));
  } catch (thrown) {
    call.fail(statusOf(thrown));
  }
}

type UnaryHandler = (request: Uint8Array, call: ServerCall) => Promise<Uint8Array> | Uint8Array;

function unary(handle: UnaryHandler, call: ServerCall): ServerStreamListener {
  let request: Uint8Array | undefined;
  return {
    message(bytes) {
      if (request !== undefined) throw new GrpcError(status.internal, "a unary call has one message, and two came");
      request = bytes;
    },
    halfClosed() {
      if (request === undefined) throw new GrpcError(status.internal, "a unary call has one message, and none came");
      answer(handle, request, call);
    },
    closed() {},
  };
}

async function answer(handle: UnaryHandler, request: Uint8Array, call: ServerCall): Promise<void> {
  try {
    call.write([await handle(request, call)]);
    call.end();
  } catch (thrown) {
    call.fail(statusOf(thrown));
  }
}
