import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { socketPath } from "#agent/socket-path.ts";
import type { Duration } from "#base/duration.ts";
import { eachLine } from "#host/process-lines.ts";

const maxBytes = 64 * 1024 * 1024;

/** An answer that is an error: its HTTP status, and what the control plane says. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, says: string) {
    super(says);
    this.status = status;
  }
}

/** The control plane's HTTP interface, on its unix socket. */
export class ControlPlaneApi {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * @returns the answer's JSON; `undefined` where it has none
   * @throws ApiError where the control plane refuses, and others where it cannot be reached
   */
  send(method: "PUT" | "DELETE" | "GET", target: string, body: unknown, limit: Duration): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ask = this.#request(method, target);
      const timer = setTimeout(() => ask.destroy(new Error("the control plane did not answer in time")), limit.ms);
      ask.once("close", () => clearTimeout(timer));
      ask.once("error", reject);
      ask.once("response", (response) => {
        read(response)
          .then((text) => resolve(answerOf(response, text)), reject)
          .catch(reject);
      });
      ask.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /**
   * Reads a stream of lines until it ends or is aborted.
   *
   * @throws where it cannot be opened, or breaks
   */
  lines(target: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const ask = this.#request("GET", target, signal);
      ask.once("error", reject);
      ask.once("response", (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          return reject(
            new ApiError(response.statusCode ?? 0, `the control plane answered with HTTP ${response.statusCode}`),
          );
        }
        eachLine(response, onLine, maxBytes);
        response.once("close", resolve);
      });
      ask.end();
    });
  }

  #request(method: string, path: string, signal?: AbortSignal): ClientRequest {
    const headers = { "content-type": "application/json" };
    return request({ socketPath: socketPath(this.#path), method, path, headers, agent: false, signal });
  }
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error("the control plane's answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function answerOf({ statusCode = 0 }: IncomingMessage, text: string): unknown {
  let json: unknown;
  try {
    json = text === "" ? undefined : JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (statusCode < 400) return json;
  const says = (json as { error?: { says?: unknown } } | undefined)?.error?.says;
  throw new ApiError(
    statusCode,
    typeof says === "string" ? says : `the control plane answered with HTTP ${statusCode}`,
  );
}
