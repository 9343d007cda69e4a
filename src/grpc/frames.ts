import { GrpcError, status } from "./status.ts";

/** The 5 bytes in front of each message: not compressed, and its length. */
export function frameHeader(bytes: number): Uint8Array {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(bytes, 1);
  return header;
}

/** Room for the first bytes of a message that comes in parts; it grows with what really comes, not with what is announced. */
const firstRoom = 64 * 1024;

/**
 * Puts messages together from the bytes that arrive, whatever their cut.
 *
 * A message that lies in one chunk is handed on without a copy. Of one that does not, the chunks are copied as they come:
 * each is part of a larger buffer, which would live as long as it.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #take: (message: Uint8Array) => void;
  readonly #header = Buffer.alloc(5);
  #headerHas = 0;
  /** The message being read, as far as it has come; `undefined` while its header is. */
  #message: Buffer | undefined;
  #wants = 0;
  #has = 0;

  constructor(maxBytes: number, take: (message: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#take = take;
  }

  /** True while part of a message has come and the rest has not. */
  get midMessage(): boolean {
    return this.#headerHas > 0;
  }

  /** @throws GrpcError  where a message is compressed or longer than the limit */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at = this.#message === undefined ? this.#begin(chunk, at) : this.#goOn(chunk, at);
  }

  /** Reads on in a header and, if all of it is there, the message behind; says where it stopped. */
  #begin(chunk: Uint8Array, from: number): number {
    const at = Math.min(chunk.length, from + 5 - this.#headerHas);
    this.#header.set(chunk.subarray(from, at), this.#headerHas);
    this.#headerHas += at - from;
    if (this.#headerHas < 5) return at;
    this.#wants = this.#readHeader();
    if (chunk.length - at >= this.#wants) return this.#finish(chunk.subarray(at, at + this.#wants), at + this.#wants);
    this.#message = Buffer.allocUnsafeSlow(Math.min(this.#wants, firstRoom));
    this.#has = 0;
    return at;
  }

  #goOn(chunk: Uint8Array, from: number): number {
    const at = Math.min(chunk.length, from + this.#wants - this.#has);
    const has = this.#has + at - from;
    let message = this.#message as Buffer;
    if (has > message.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#wants, Math.max(has, 2 * message.length)));
      larger.set(message.subarray(0, this.#has));
      this.#message = message = larger;
    }
    message.set(chunk.subarray(from, at), this.#has);
    this.#has = has;
    return has === this.#wants ? this.#finish(message, at) : at;
  }

  #finish(message: Uint8Array, at: number): number {
    this.#headerHas = 0;
    this.#message = undefined;
    this.#take(message);
    return at;
  }

  #readHeader(): number {
    if (this.#header[0] !== 0) {
      throw new GrpcError(
        status.unimplemented,
        "compressed messages are not taken: send them with grpc-encoding identity",
      );
    }
    const bytes = this.#header.readUInt32BE(1);
    if (bytes > this.#maxBytes) {
      throw new GrpcError(
        status.resourceExhausted,
        `a message of ${bytes} bytes is more than the ${this.#maxBytes} that are taken`,
      );
    }
    return bytes;
  }
}
