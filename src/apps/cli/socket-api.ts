import { existsSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { eachLine } from "#host/process-lines.ts";

/** An API that did not do what it was asked: its own words, or that nobody answers. */
export class ApiFault extends Error {
  override readonly name = "ApiFault";
  /** The HTTP status; `undefined` where nobody answered. */
  readonly status: number | undefined;
  readonly says: string;
  readonly help: string;

  constructor(status: number | undefined, says: string, help: string, options?: { readonly cause?: unknown }) {
    super(`${says}. ${help}`, options);
    this.status = status;
    this.says = says;
    this.help = help;
  }
}

/** One program's HTTP+JSON API behind a unix socket. */
export class SocketApi {
  readonly #socket: string;
  readonly #who: string;

  /** @param who  as messages call it, such as `the control plane` */
  constructor(socket: string, who: string) {
    this.#socket = socket;
    this.#who = who;
  }

  /** Whether there is something that may answer: cheap to ask while a program starts. */
  get isThere(): boolean {
    return existsSync(this.#socket);
  }

  async json<T>(
    method: string,
    path: string,
    body?: unknown,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    const text = await this.text(method, path, body, options);
    try {
      return (text === "" ? undefined : JSON.parse(text)) as T;
    } catch (cause) {
      throw new ApiFault(200, `${this.#who} answered ${path} with something that is not JSON`, seeLogs, { cause });
    }
  }

  async text(
    method: string,
    path: string,
    body?: unknown,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<string> {
    const answer = await this.#send(method, path, body, options);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer) {
      length += chunk.length;
      if (length > maxAnswerBytes)
        throw new ApiFault(undefined, `${this.#who} answered ${path} with too much`, seeLogs);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString();
    const status = answer.statusCode ?? 0;
    if (status >= 400) throw this.#refused(status, path, text);
    return text;
  }

  /** Calls back for each line of a stream of JSON, until it ends or the signal comes. */
  async lines(path: string, onLine: (value: unknown) => void, signal: AbortSignal): Promise<void> {
    const answer = await this.#send("GET", path, undefined, { signal });
    if (answer.statusCode !== 200) throw this.#refused(answer.statusCode ?? 0, path, "");
    // That whoever sends them goes away in the middle is an end like any other.
    eachLine(answer, (line) => onLine(JSON.parse(line)), maxAnswerBytes);
    await new Promise<void>((resolve) => answer.once("close", resolve));
  }

  #send(
    method: string,
    path: string,
    body: unknown,
    { signal }: { readonly signal?: AbortSignal },
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      // A connection of its own: one that was kept could be to a program that has been restarted since.
      const asking = request({ socketPath: this.#socket, method, path, headers, agent: false, signal }, resolve);
      asking.on("error", (cause) => reject(this.#unreachable(cause)));
      asking.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  #refused(status: number, path: string, text: string): ApiFault {
    try {
      const { says, help } = (JSON.parse(text) as { error: { says: string; help: string } }).error;
      if (typeof says === "string") return new ApiFault(status, says, help ?? "");
    } catch {
      // Not in our form; told below as it is.
    }
    return new ApiFault(status, `${this.#who} answered ${path} with status ${status}: ${text.slice(0, 200)}`, seeLogs);
  }

  #unreachable(cause: Error): Error {
    if (cause.name === "AbortError") return cause;
    return new ApiFault(
      undefined,
      `${this.#who} does not answer (${cause.message})`,
      "Look whether the mesh runs: stod status",
      {
        cause,
      },
    );
  }
}

const maxAnswerBytes = 256 << 20;
const seeLogs = "Its log is in the mesh's state directory, under logs/.";
