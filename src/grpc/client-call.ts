import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import type { Duration } from "#base/duration.ts";
import { FrameReader } from "./frames.ts";
import { PacedWriter } from "./paced-writer.ts";
import { decodeMessage, GrpcError, status, statusOf, statusOfHttp } from "./status.ts";

/** What the caller of a stream wants to hear of. */
export interface ClientStreamListener {
  message(bytes: Uint8Array): void;
  /** The stream is over: `undefined` means with OK. Called once, and nothing is called after it. */
  closed(error: GrpcError | undefined): void;
}

/** One call as the client sees it. */
export class ClientCall {
  readonly #stream: ClientHttp2Stream;
  readonly #writer: PacedWriter;
  readonly #listener: ClientStreamListener;
  #outcome: { readonly error: GrpcError | undefined } | undefined;
  #over = false;
  #broke: Error | undefined;

  constructor(stream: ClientHttp2Stream, listener: ClientStreamListener, maxMessageBytes: number, timeout?: Duration) {
    this.#stream = stream;
    this.#writer = new PacedWriter(stream);
    this.#listener = listener;
    const reader = new FrameReader(maxMessageBytes, (message) => {
      if (!this.#over) listener.message(message);
    });
    stream.on("response", (headers) => this.#answered(headers));
    stream.on("trailers", (headers) => this.#trailers(headers));
    stream.on("error", (error) => {
      this.#broke = error;
    });
    stream.on("close", () => this.#close());
    // The server has said its last word, so nothing of ours is wanted any more.
    stream.on("end", () => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.on("data", (chunk: Uint8Array) => {
      if (this.#outcome !== undefined) return;
      try {
        reader.push(chunk);
      } catch (thrown) {
        this.cancel(statusOf(thrown));
      }
    });
    if (timeout !== undefined) {
      const expire = () =>
        this.cancel(new GrpcError(status.deadlineExceeded, "the call took longer than its deadline"));
      const timer = setTimeout(expire, timeout.ms);
      stream.once("close", () => clearTimeout(timer));
    }
  }

  /** Bytes written that the connection has not taken yet. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  drained(): Promise<void> {
    return this.#writer.drained();
  }

  /** Sends one message, given in pieces that nobody may change afterwards. */
  write(message: readonly Uint8Array[]): void {
    if (!this.#stream.destroyed) this.#writer.write(message);
  }

  /** Says that nothing more will be sent. */
  halfClose(): void {
    void this.#writer.drained().then(() => this.#stream.end());
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Gives the call up; the listener hears of it as `closed` with this error. */
  cancel(error: GrpcError = new GrpcError(status.cancelled, "the caller cancelled")): void {
    this.#outcome ??= { error };
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #answered(headers: IncomingHttpHeaders): void {
    if (headers["grpc-status"] !== undefined) {
      this.#trailers(headers);
      return;
    }
    const httpStatus = Number(headers[":status"]);
    const isGrpc = String(headers["content-type"] ?? "").startsWith("application/grpc");
    if (httpStatus === 200 && isGrpc) return;
    const says = `the server answered with HTTP ${httpStatus}${isGrpc ? "" : ", not with gRPC"}`;
    this.cancel(new GrpcError(statusOfHttp(httpStatus), says));
  }

  #trailers(headers: IncomingHttpHeaders): void {
    const code = Number(headers["grpc-status"]);
    if (this.#outcome !== undefined) return;
    if (code === status.ok) this.#outcome = { error: undefined };
    else {
      const message = decodeMessage(String(headers["grpc-message"] ?? ""));
      this.#outcome = { error: new GrpcError(Number.isInteger(code) ? code : status.unknown, message) };
    }
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#writer.close();
    const says = this.#broke?.message ?? "the connection ended before the call did";
    this.#listener.closed((this.#outcome ?? { error: new GrpcError(status.unavailable, says) }).error);
  }
}
