import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Log } from "#base/log.ts";
import { readJson } from "#base/read-json.ts";
import { StateFault } from "#base/state-fault.ts";

/** A request that cannot be met: why, and what to do. */
export class HttpFault extends Error {
  override readonly name = "HttpFault";
  readonly status: number;
  readonly says: string;
  readonly help: string;

  constructor(status: number, says: string, help: string) {
    super(`${says}. ${help}`);
    this.status = status;
    this.says = says;
    this.help = help;
  }
}

export interface ApiRequest {
  /** What stands in the path where the route has a `:name`. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The body as JSON; `undefined` where there is none. @throws HttpFault where it is not JSON, or too large */
  json(): Promise<unknown>;
  /** Ends when the caller is gone. */
  readonly signal: AbortSignal;
}

/** Lines that are sent as they come, until `signal` of the request ends. */
export class Lines {
  readonly start: (send: (value: unknown) => void) => () => void;

  /** @param start  begins to send, and returns what ends it */
  constructor(start: (send: (value: unknown) => void) => () => void) {
    this.start = start;
  }
}

/** A page or a file for a browser. */
export class Page {
  readonly type: string;
  readonly body: string;

  constructor(type: string, body: string) {
    this.type = type;
    this.body = body;
  }
}

export type Handler = (request: ApiRequest) => unknown | Promise<unknown>;

/** Handlers by `METHOD /path/with/:parameters`. */
export type Routes = Readonly<Record<string, Handler>>;

const maxBodyBytes = 64 * 1024 * 1024;
/** A reader of lines that is further behind than this is cut off. */
const maxUnsentBytes = 16 * 1024 * 1024;

export interface Access {
  /** The bearer token that callers must show; `undefined` where the socket itself is only open to its owner. */
  readonly token: string | undefined;
}

/** Serves routes as JSON over HTTP. */
export function serveRoutes(routes: Routes, access: Access, log: Log): RequestListener {
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method = "", pattern = ""] = route.split(" ");
    return { method, parts: pattern.split("/"), handler };
  });
  return (message, response) => {
    answer(message, response).catch((thrown: unknown) => fail(response, thrown, log));
  };

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(`http://api${message.url ?? "/"}`);
    if (url === null) throw new HttpFault(400, "the path is not one", "See docs/api.md.");
    if (access.token !== undefined) requireToken(message, access.token);
    const parts = url.pathname.split("/");
    const candidates = table.flatMap((route) => {
      const path = parametersIn(route.parts, parts);
      return path === undefined ? [] : [{ ...route, path }];
    });
    if (candidates.length === 0) throw new HttpFault(404, `there is nothing at ${url.pathname}`, "See docs/api.md.");
    const found = candidates.find(({ method }) => method === message.method);
    if (found === undefined) throw new HttpFault(405, `${url.pathname} takes no ${message.method}`, "See docs/api.md.");
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const request = { path: found.path, query: url.searchParams, json: () => jsonOf(message), signal: gone.signal };
    const result = await found.handler(request);
    if (result instanceof Lines) sendLines(response, result);
    else if (result instanceof Page) sendPage(response, result);
    else send(response, 200, result);
  }
}

/** The parameters of a route that a path fits, or `undefined` if it does not. */
function parametersIn(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const found: Record<string, string> = {};
  for (const [at, expected] of pattern.entries()) {
    const part = parts[at] as string;
    if (!expected.startsWith(":")) {
      if (part !== expected) return undefined;
      continue;
    }
    try {
      found[expected.slice(1)] = decodeURIComponent(part);
    } catch {
      return undefined;
    }
  }
  return found;
}

function requireToken({ headers }: IncomingMessage, token: string): void {
  const shown = Buffer.from(headers.authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  if (shown.length === expected.length && timingSafeEqual(shown, expected)) return;
  throw new HttpFault(
    401,
    "the request shows no valid token",
    "Send the header Authorization: Bearer TOKEN; stod status -o json shows where the token is.",
  );
}

async function jsonOf(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Somewhat more is read and thrown away: who is cut off while sending never reads the answer.
    if (length > 2 * maxBodyBytes) break;
    if (length <= maxBodyBytes) chunks.push(chunk);
  }
  if (length > maxBodyBytes) throw new HttpFault(413, `the body is over ${maxBodyBytes} bytes`, "Send it in parts.");
  if (length === 0) return undefined;
  try {
    return readJson(Buffer.concat(chunks));
  } catch (cause) {
    throw new HttpFault(400, `the body is not JSON: ${(cause as Error).message}`, "Send JSON.");
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(value === undefined ? "" : JSON.stringify(value));
}

function sendPage(response: ServerResponse, { type, body }: Page): void {
  response.writeHead(200, {
    "content-type": type,
    "content-security-policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  });
  response.end(body);
}

function sendLines(response: ServerResponse, lines: Lines): void {
  response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
  const end = lines.start((value) => {
    if (response.writableLength > maxUnsentBytes) response.destroy();
    else response.write(`${JSON.stringify(value)}\n`);
  });
  response.once("close", end);
}

function fail(response: ServerResponse, thrown: unknown, log: Log): void {
  if (response.headersSent) {
    response.destroy();
  } else if (thrown instanceof HttpFault) {
    send(response, thrown.status, { error: { says: thrown.says, help: thrown.help } });
  } else if (thrown instanceof StateFault) {
    send(response, 503, { error: { says: `${thrown.path}: ${thrown.says}`, help: thrown.help } });
  } else {
    log.error("a request failed", { error: thrown });
    const says = "the control plane has a fault of its own here";
    send(response, 500, { error: { says, help: "Its log says more." } });
  }
}
