import type { Http2Stream } from "node:http2";
import { frameHeader } from "./frames.ts";

/** What one stream may have on its way to the socket: more than that only fills memory, with ciphertext over TLS. */
export const defaultMaxInFlightBytes = 64 * 1024;

/** The same without TLS, where what is on its way is still the bytes that all streams share, and costs nothing. */
export const plaintextMaxInFlightBytes = 256 * 1024;

const copiedAtMost = 4096;

/**
 * Writes messages to a stream bit by bit, so that a slow reader costs references to bytes that many streams may
 * share, and never copies of them.
 */
export class PacedWriter {
  readonly #stream: Http2Stream;
  readonly #maxInFlight: number;
  #queue: Uint8Array[] = [];
  /** Index of the first chunk of the queue that is not written yet. */
  #head = 0;
  #queued = 0;
  #inFlight = 0;
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(stream: Http2Stream, maxInFlight: number = defaultMaxInFlightBytes) {
    this.#stream = stream;
    this.#maxInFlight = maxInFlight;
  }

  /** Bytes not yet taken by the socket. */
  get pendingBytes(): number {
    return this.#queued + this.#inFlight;
  }

  /** Queues one message, given in pieces; they are not copied, so nobody may change them afterwards. */
  write(message: readonly Uint8Array[]): void {
    if (this.#closed) return;
    const bytes = message.reduce((sum, piece) => sum + piece.length, 0);
    this.#queue.push(frameHeader(bytes));
    for (const piece of message) if (piece.length > 0) this.#queue.push(piece);
    this.#queued += bytes + 5;
    this.#pump();
  }

  /** Fulfilled once everything written so far has gone to the socket, or the stream is closed. */
  drained(): Promise<void> {
    if (this.#closed || this.pendingBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Forgets what is queued. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
    this.#head = 0;
    this.#queued = 0;
    this.#inFlight = 0;
    this.#wake();
  }

  #pump(): void {
    const room = this.#maxInFlight - this.#inFlight;
    // Topping up by a few bytes at a time would make a frame of each: wait for half of the room.
    if (this.#closed || this.#queued === 0 || room * 2 < Math.min(this.#maxInFlight, this.#queued)) return;
    this.#stream.cork();
    while (this.#inFlight < this.#maxInFlight && this.#queued > 0)
      this.#writeSome(this.#take(this.#maxInFlight - this.#inFlight));
    this.#stream.uncork();
  }

  #writeSome(pieces: readonly Uint8Array[]): void {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#queued -= bytes;
    this.#inFlight += bytes;
    const written = () => {
      if (this.#closed) return;
      this.#inFlight -= bytes;
      if (this.pendingBytes === 0) this.#wake();
      else this.#pump();
    };
    this.#stream.write(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, bytes), written);
  }

  #take(room: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let left = room;
    while (left > 0 && this.#head < this.#queue.length) {
      const next = this.#queue[this.#head] as Uint8Array;
      // Small pieces are worth a copy to go as one; a large one goes by itself, as it is.
      if (pieces.length > 0 && next.length > copiedAtMost) break;
      if (next.length > left) {
        pieces.push(next.subarray(0, left));
        this.#queue[this.#head] = next.subarray(left);
        break;
      }
      pieces.push(next);
      left -= next.length;
      this.#head++;
      if (next.length > copiedAtMost) break;
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    return pieces;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
