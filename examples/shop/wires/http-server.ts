import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { URLPattern } from "node:url";
import { type ServedBy, whoAmI } from "./identity.ts";
import { type PassedOn, passedOn } from "./passed-on.ts";
import { logRequest } from "./request-log.ts";
import { onShutdown } from "./shutdown.ts";
import { Trouble, trouble } from "./trouble.ts";

export interface Ask {
  /** What the route's pattern matched: `:sku` in the route is `params.sku` here. */
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  /** Headers to put on every request that is made for this one. */
  readonly passedOn: PassedOn;
  /** The fields of a submitted form. */
  form(): Promise<URLSearchParams>;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent at once, anything else as it comes. */
  readonly body: string | AsyncIterable<string>;
  /** Whom the answer was made with, beside this service. */
  readonly with?: readonly ServedBy[];
}

/** Routes such as `GET /ratings/:sku`, and what answers them. */
export type Routes = Readonly<Record<string, (ask: Ask) => Answer | Promise<Answer>>>;

/** An answer other than 200, thrown. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function json(value: unknown, answeredWith: readonly ServedBy[] = []): Answer {
  return { headers: { "content-type": "application/json" }, body: `${JSON.stringify(value)}\n`, with: answeredWith };
}

/**
 * Serves HTTP on `PORT` until the process is asked to end; then requests in flight finish first.
 * `GET /health` is answered by itself.
 */
export function serveHttp(service: string, defaultPort: number, routes: Routes): void {
  const me = whoAmI(service);
  const table = Object.entries(routes).map(([route, handle]) => {
    const [method = "GET", pathname = "/"] = route.split(" ");
    return { method, pattern: new URLPattern({ pathname }), handle };
  });

  async function answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://shop");
    if (url.pathname === "/health") return { body: "ok\n" };
    await trouble();
    for (const { method, pattern, handle } of table) {
      const match = method === request.method && pattern.exec({ pathname: url.pathname });
      if (!match) continue;
      const params = match.pathname.groups;
      return handle({
        params,
        url,
        headers: request.headers,
        passedOn: passedOn(request.headers),
        form: () => form(request),
      });
    }
    throw new HttpError(404, `${service} has nothing at ${request.method} ${url.pathname}`);
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const { status = 200, headers, body, with: others = [] } = await answer(request).catch(failed);
    response.writeHead(status, { ...headers, "served-by": [me, ...others].join(", ") });
    if (typeof body === "string") response.end(body);
    else await pipeline(body, response).catch(() => {}); // The reader went away.
    if (request.url !== "/health")
      logRequest(`${request.method} ${request.url} ${status} ${Math.round(performance.now() - began)}ms`);
  }

  const server = createServer((request, response) => {
    // Once the process is asked to end, each answer is its connection's last.
    response.shouldKeepAlive &&= server.listening;
    response.once("close", () => server.listening || server.closeIdleConnections());
    void respond(request, response);
  });
  // The proxy in front keeps connections open. If both sides had a limit, one could close just as the other writes.
  server.keepAliveTimeout = 0;
  server.listen(Number(process.env.PORT ?? defaultPort), process.env.HOST, () => {
    console.log(`${me} serves HTTP on port ${(server.address() as AddressInfo).port}`);
  });
  // With the last request answered there is nothing left to do; idle connections to others would still hold the process.
  onShutdown(() => server.close(() => process.exit()));
}

function failed(reason: unknown): Answer {
  if (reason instanceof HttpError) return { status: reason.status, body: `${reason.message}\n` };
  if (reason instanceof Trouble) return { status: 503, body: `${reason.message}\n` };
  console.error(reason);
  return { status: 500, body: "something went wrong, the log says what\n" };
}

const maxFormBytes = 4096;

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > maxFormBytes) throw new HttpError(413, "that form is too long");
  }
  return new URLSearchParams(text);
}
