import type { Duplex } from "node:stream";

const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 };
const endHeaders = 4;
const acknowledges = 1;
const maxFrameBytes = 16384;
const wideOpen = 2 ** 31 - 1;
/** The least that HTTP/2 lets each side send before it hears of the other's windows. */
const firstWindow = 65535;

export interface StreamListener {
  /** A piece of the stream's bytes, valid during the call alone. */
  data(piece: Uint8Array): void;
  ended(why: string): void;
}

/**
 * One gRPC stream on a connection of its own, in as little CPU as it takes: a thousand of them run beside the server
 * that is measured, on the same machine. Whatever the server sends is taken in at once.
 */
export class Http2Stream {
  readonly #socket: Duplex;
  readonly #listener: StreamListener;
  #unread: Uint8Array = new Uint8Array(0);
  /** Bytes of the DATA frame under way that have not come yet. */
  #dataLeft = 0;
  #connectionWindow = firstWindow;
  #streamWindow = firstWindow;
  #initialWindow = firstWindow;
  #waiting: Uint8Array = new Uint8Array(0);

  constructor(socket: Duplex, path: string, listener: StreamListener) {
    this.#socket = socket;
    this.#listener = listener;
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(2, 0); // no pushes
    settings.writeUInt16BE(4, 6); // each stream's window
    settings.writeUInt32BE(wideOpen, 8);
    const wide = Buffer.alloc(4);
    wide.writeUInt32BE(wideOpen - firstWindow);
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    socket.write(
      Buffer.concat([
        preface,
        frameOf(frame.settings, 0, 0, settings),
        frameOf(frame.windowUpdate, 0, 0, wide),
        frameOf(frame.headers, endHeaders, 1, requestHeaders(path)),
      ]),
    );
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
    socket.on("error", (error) => listener.ended(error.message));
    socket.on("close", () => listener.ended("the connection was closed"));
  }

  write(bytes: Uint8Array): void {
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    this.#pump();
  }

  #pump(): void {
    const frames: Uint8Array[] = [];
    while (this.#waiting.length > 0) {
      const room = Math.min(this.#waiting.length, maxFrameBytes, this.#connectionWindow, this.#streamWindow);
      if (room <= 0) break;
      frames.push(frameOf(frame.data, 0, 1, this.#waiting.subarray(0, room)));
      this.#waiting = this.#waiting.subarray(room);
      this.#connectionWindow -= room;
      this.#streamWindow -= room;
    }
    if (frames.length > 0) this.#socket.write(Buffer.concat(frames));
  }

  #take(chunk: Uint8Array): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    let at = 0;
    for (;;) {
      if (this.#dataLeft > 0) {
        const end = Math.min(bytes.length, at + this.#dataLeft);
        if (end > at) this.#listener.data(bytes.subarray(at, end));
        this.#dataLeft -= end - at;
        at = end;
        if (this.#dataLeft > 0) break;
      }
      if (bytes.length - at < 9) break;
      const length = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
      const type = bytes[at + 3] as number;
      if (type === frame.data) {
        this.#dataLeft = length;
        at += 9;
        continue;
      }
      if (bytes.length - at < 9 + length) break;
      this.#control(type, bytes[at + 4] as number, bytes.subarray(at + 9, at + 9 + length));
      at += 9 + length;
    }
    this.#unread = bytes.subarray(at);
  }

  #control(type: number, flags: number, payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    if (type === frame.settings && flags !== acknowledges) {
      for (let at = 0; at < payload.length; at += 6) {
        if (view.getUint16(at) !== 4) continue;
        this.#streamWindow += view.getUint32(at + 2) - this.#initialWindow;
        this.#initialWindow = view.getUint32(at + 2);
      }
      this.#socket.write(frameOf(frame.settings, acknowledges, 0, new Uint8Array(0)));
    } else if (type === frame.ping && flags !== acknowledges) {
      this.#socket.write(frameOf(frame.ping, acknowledges, 0, payload));
    } else if (type === frame.windowUpdate) this.#windowGrew(payload, view);
    else if (type === frame.reset || type === frame.goaway) this.#listener.ended("the server ended the stream");
    this.#pump();
  }

  /** Which window grew is in the frame's header, just before the payload. */
  #windowGrew(payload: Uint8Array, view: DataView): void {
    const stream = new DataView(payload.buffer, payload.byteOffset - 4).getUint32(0);
    if (stream === 0) this.#connectionWindow += view.getUint32(0);
    else this.#streamWindow += view.getUint32(0);
  }
}

function frameOf(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

/** Headers as HPACK takes them at their plainest: literal, and remembered by nobody. */
function requestHeaders(path: string): Uint8Array {
  const headers: readonly [string, string][] = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ];
  const text = (value: string) => [Buffer.from([value.length]), Buffer.from(value)];
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.from([0]), ...text(name), ...text(value)]));
}
