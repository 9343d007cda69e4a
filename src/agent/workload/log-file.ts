import { createWriteStream, renameSync, statSync, type WriteStream } from "node:fs";

const maxFileBytes = 8 * 1024 * 1024;
/** A program that writes faster than the disk loses lines rather than our memory. */
const maxPendingBytes = 4 * 1024 * 1024;

/** What a process prints, kept in a file of bounded size, with the one before it beside it as `….1`. */
export class LogFile {
  readonly #path: string;
  #stream: WriteStream;
  #bytes: number;

  constructor(path: string) {
    this.#path = path;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.#stream = this.#open();
  }

  line(text: string): void {
    if (this.#bytes > maxFileBytes) this.#rotate();
    if (this.#stream.writableLength > maxPendingBytes) return;
    this.#bytes += Buffer.byteLength(text) + 1;
    this.#stream.write(`${text}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(() => resolve()));
  }

  #rotate(): void {
    this.#stream.end();
    try {
      renameSync(this.#path, `${this.#path}.1`);
    } catch {
      // Somebody took the file away: a new one is made all the same.
    }
    this.#stream = this.#open();
    this.#bytes = 0;
  }

  #open(): WriteStream {
    return createWriteStream(this.#path, { flags: "a", mode: 0o600 }).on("error", () => {});
  }
}
