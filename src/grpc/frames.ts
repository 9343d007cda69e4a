import { GrpcError, status } from "./status.ts";

/** The 5 bytes in front of each message: not compressed, and its length. */
export function frameHeader(bytes: number): Uint8Array {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(bytes, 1);
  return header;
}

/**
 * Puts messages together from the bytes that arrive, whatever their cut.
 *
 * A message that lies in one chunk is handed on without a copy.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #take: (message: Uint8Array) => void;
  #chunks: Uint8Array[] = [];
  #have = 0;
  /** Length of the message being read; `undefined` while its header is. */
  #wants: number | undefined;

  constructor(maxBytes: number, take: (message: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#take = take;
  }

  /** True while part of a message has come and the rest has not. */
  get midMessage(): boolean {
    return this.#wants !== undefined || this.#have > 0;
  }

  /** @throws GrpcError  where a message is compressed or longer than the limit */
  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    for (;;) {
      if (this.#wants === undefined) {
        if (this.#have < 5) return;
        this.#wants = this.#readHeader(this.#cut(5));
      }
      if (this.#have < this.#wants) return;
      const message = this.#cut(this.#wants);
      this.#wants = undefined;
      this.#take(message);
    }
  }

  #readHeader(header: Uint8Array): number {
    if (header[0] !== 0) {
      throw new GrpcError(
        status.unimplemented,
        "compressed messages are not taken: send them with grpc-encoding identity",
      );
    }
    const bytes = new DataView(header.buffer, header.byteOffset).getUint32(1);
    if (bytes > this.#maxBytes) {
      throw new GrpcError(
        status.resourceExhausted,
        `a message of ${bytes} bytes is more than the ${this.#maxBytes} that are taken`,
      );
    }
    return bytes;
  }

  #cut(bytes: number): Uint8Array {
    this.#have -= bytes;
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= bytes) {
      if (first.length === bytes) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(bytes);
      return first.subarray(0, bytes);
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks = all.length > bytes ? [all.subarray(bytes)] : [];
    return all.subarray(0, bytes);
  }
}
