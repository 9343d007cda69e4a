import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";

interface Held {
  readonly socket: Socket;
  readonly openedAt: number;
  chunks: Buffer[];
  received: number;
  firstByteMs: number | undefined;
  /** The other side has sent its last byte. */
  ended: boolean;
  closed: boolean;
  error: string | undefined;
  changed: () => void;
}

/** How a connection stands. */
export interface ConnectionReport {
  readonly text: string;
  readonly received: number;
  readonly sha256: string;
  readonly firstByteMs: number | undefined;
  readonly ended: boolean;
  readonly closed: boolean;
  readonly error: string | undefined;
}

/** TCP connections that a test holds. */
export class Connections {
  readonly #held: Held[] = [];

  /** Resolves when it is open, or is not going to be. */
  open(host: string, port: number): Promise<number> {
    const socket = connect({ host, port, allowHalfOpen: true });
    const held: Held = {
      socket,
      openedAt: performance.now(),
      chunks: [],
      received: 0,
      firstByteMs: undefined,
      ended: false,
      closed: false,
      error: undefined,
      changed: () => {},
    };
    socket.on("data", (chunk) => {
      held.firstByteMs ??= performance.now() - held.openedAt;
      held.chunks.push(chunk);
      held.received += chunk.length;
      held.changed();
    });
    socket.on("end", () => Object.assign(held, { ended: true }).changed());
    socket.on("error", ({ message }) => Object.assign(held, { error: message }).changed());
    socket.on("close", () => Object.assign(held, { closed: true }).changed());
    const id = this.#held.push(held) - 1;
    return new Promise((resolve) => {
      socket.once("connect", () => resolve(id));
      socket.once("close", () => resolve(id));
    });
  }

  /** Sends a text, or so many bytes of every value in turn; and with `last`, that nothing more will come. */
  send({ id, text, bytes = 0, last = false }: { id: number; text?: string; bytes?: number; last?: boolean }): string {
    const { socket } = this.#of(id);
    const data =
      text === undefined ? Buffer.from(Array.from({ length: bytes }, (_, nth) => (nth * 7) % 256)) : Buffer.from(text);
    if (last) socket.end(data);
    else socket.write(data);
    return createHash("sha256").update(data).digest("hex");
  }

  /** Waits for so many bytes more, or for the end. */
  async read({ id, bytes, timeoutMs = 20_000 }: { id: number; bytes: number; timeoutMs?: number }) {
    const held = this.#of(id);
    const signal = AbortSignal.timeout(timeoutMs);
    while (held.received < bytes && !held.ended && !held.closed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        held.changed = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    const report = this.look(id);
    Object.assign(held, { chunks: [], received: 0 });
    return report;
  }

  look(id: number): ConnectionReport {
    const { chunks, received, firstByteMs, ended, closed, error } = this.#of(id);
    const all = Buffer.concat(chunks);
    const sha256 = createHash("sha256").update(all).digest("hex");
    return { text: all.subarray(0, 4096).toString(), received, sha256, firstByteMs, ended, closed, error };
  }

  close(id: number): void {
    this.#of(id).socket.destroy();
  }

  #of(id: number): Held {
    return this.#held[id] as Held;
  }
}
