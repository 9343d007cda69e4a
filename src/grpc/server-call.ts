import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { FrameReader } from "./frames.ts";
import { PacedWriter } from "./paced-writer.ts";
import type { Peer } from "./peer.ts";
import { encodeMessage, GrpcError, type StatusCode, status, statusOf } from "./status.ts";
import { parseTimeout } from "./timeout.ts";

/** What a stream's handler wants to hear of. A listener that throws ends the stream with that as its status. */
export interface ServerStreamListener {
  message(bytes: Uint8Array): void;
  /** The client will send nothing more; without this the stream is ended with OK. */
  halfClosed?(): void;
  /** The stream is over, however it came to that; called once, and nothing is called after it. */
  closed(): void;
}

/** What `ServerCall` needs to know of its server. */
export interface ServerLimits {
  readonly maxMessageBytes: number;
  readonly maxInFlightBytes: number;
}

const openHeaders = { ":status": 200, "content-type": "application/grpc" };

const lingerMs = 2000;

/** One call as the server sees it: messages in, messages out, and a status at its end. */
export class ServerCall {
  readonly path: string;
  readonly peer: Peer;
  readonly headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #writer: PacedWriter;
  readonly #reader: FrameReader;
  readonly #abort = new AbortController();
  #listener: ServerStreamListener | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer, limits: ServerLimits) {
    this.path = String(headers[":path"]);
    this.peer = peer;
    this.headers = headers;
    this.#stream = stream;
    this.#writer = new PacedWriter(stream, limits.maxInFlightBytes);
    this.#reader = new FrameReader(limits.maxMessageBytes, (message) => this.#listener?.message(message));
    const timeout = parseTimeout(String(headers["grpc-timeout"] ?? ""));
    if (timeout !== undefined) {
      const expire = () => this.fail(new GrpcError(status.deadlineExceeded, "the call took longer than its deadline"));
      this.#deadline = setTimeout(expire, Math.min(timeout.ms, 2 ** 31 - 1));
    }
    stream.on("close", () => this.#closed());
    stream.on("error", () => undefined); // a reset is told by "close" as well
  }

  /** Aborted once the call is over: by its end, its deadline, or the client having gone. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Bytes written that the client's connection has not taken yet. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  /** Fulfilled once everything written has gone out, or the call is over. */
  drained(): Promise<void> {
    return this.#writer.drained();
  }

  /** Sends one message, given in pieces that nobody may change afterwards. */
  write(message: readonly Uint8Array[]): void {
    if (this.#ended || this.#stream.destroyed) return;
    if (!this.#stream.headersSent) this.#stream.respond(openHeaders, { waitForTrailers: true });
    this.#writer.write(message);
  }

  /** Stops reading, so that the client is held back by flow control, until {@link resume}. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends the call once what was written has gone out. */
  end(code: StatusCode = status.ok, message = ""): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    const trailers = {
      "grpc-status": String(code),
      ...(message === "" ? {} : { "grpc-message": encodeMessage(message) }),
    };
    const stream = this.#stream;
    if (stream.destroyed) return;
    if (!stream.headersSent) {
      stream.respond({ ...openHeaders, ...trailers }, { endStream: true });
      this.#stopReading();
      return;
    }
    stream.once("wantTrailers", () => {
      stream.sendTrailers(trailers);
      this.#stopReading();
    });
    void this.#writer.drained().then(() => stream.end());
  }

  fail(error: GrpcError): void {
    this.end(error.code, error.message);
  }

  /** Hands what arrives from now on to the listener. */
  listen(listener: ServerStreamListener): void {
    this.#listener = listener;
    if (this.#stream.destroyed) {
      this.#closed();
      return;
    }
    this.#stream.on("data", (chunk: Uint8Array) => {
      if (!this.#ended) this.#guarded(() => this.#reader.push(chunk));
    });
    this.#stream.on("end", () => {
      if (this.#ended) return;
      this.#guarded(() => {
        if (this.#reader.midMessage) throw new GrpcError(status.internal, "the stream ended inside a message");
        if (listener.halfClosed === undefined) this.end();
        else listener.halfClosed();
      });
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.fail(statusOf(thrown));
    }
  }

  /**
   * What the client still sends is dropped unread. Most close the stream when they get its status; one that does not is
   * cut off. (A reset right behind the status would overtake it.)
   */
  #stopReading(): void {
    const stream = this.#stream;
    stream.resume();
    if (stream.readableEnded) return;
    const cut = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), lingerMs);
    stream.once("close", () => clearTimeout(cut));
  }

  #closed(): void {
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#writer.close();
    const listener = this.#listener;
    this.#listener = undefined;
    if (!this.#abort.signal.aborted) this.#abort.abort();
    listener?.closed();
  }
}
