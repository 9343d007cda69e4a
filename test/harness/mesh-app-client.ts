import { Agent, type IncomingMessage, request } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import type { Echo } from "./mesh-app-server.ts";

/** A request that the application should send. */
export interface Ask {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** HTTP/1.1 where left out. */
  readonly http?: "1.1" | "2" | "grpc";
  /** On a connection of its own, in place of one that is kept. */
  readonly fresh?: boolean;
  readonly timeoutMs?: number;
}

export interface Answer {
  /** 0 where none came; then `error` says why. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the server saw, where it answered. */
  readonly echo: Echo | undefined;
  readonly grpcStatus: number | undefined;
  readonly ms: number;
  readonly error: string | undefined;
}

const defaultTimeoutMs = 20_000;
const keeping = new Agent({ keepAlive: true, maxSockets: 256 });
const sessions = new Map<string, ClientHttp2Session>();

/** Never throws: what went wrong is in the answer. */
export async function askOnce(ask: Ask): Promise<Answer> {
  const start = performance.now();
  try {
    const got = await (ask.http === "2" || ask.http === "grpc" ? askHttp2(ask) : askHttp1(ask));
    return { ...got, ms: performance.now() - start, error: undefined };
  } catch (fault) {
    const { message, code } = fault as NodeJS.ErrnoException;
    const error = [code, message].filter(Boolean).join(" ") || String(fault);
    const ms = performance.now() - start;
    return { status: 0, headers: {}, body: "", echo: undefined, grpcStatus: undefined, ms, error };
  }
}

export async function askMany(ask: Ask, times: number, atOnce: number): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let left = times;
  const worker = async () => {
    while (left-- > 0) answers.push(await askOnce(ask));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return answers;
}

type Got = Omit<Answer, "ms" | "error">;

function askHttp1({ url, method = "GET", headers, fresh = false, timeoutMs = defaultTimeoutMs }: Ask): Promise<Got> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const asking = request(url, { method, headers, agent: fresh ? false : keeping, signal }, (response) => {
      textOf(response).then(
        (body) => resolve(gotFrom(response.statusCode ?? 0, response.headers, body, undefined)),
        reject,
      );
    });
    asking.on("error", reject).end();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return text;
}

function gotFrom(status: number, headers: object, body: string, grpcStatus: number | undefined): Got {
  const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return { status, headers: plain, body, echo: echoIn(body), grpcStatus };
}

function echoIn(body: string): Echo | undefined {
  try {
    return JSON.parse(body) as Echo;
  } catch {
    return undefined; // Envoy's own words.
  }
}

async function askHttp2({
  url,
  http,
  method,
  headers,
  fresh = false,
  timeoutMs = defaultTimeoutMs,
}: Ask): Promise<Got> {
  const { origin, pathname, search, host } = new URL(url);
  const isGrpc = http === "grpc";
  const session = fresh ? connect(origin) : sessionTo(origin);
  const { host: authority = host, ...others } = headers ?? {};
  const stream = session.request({
    ":method": method ?? (isGrpc ? "POST" : "GET"),
    ":path": `${pathname}${search}`,
    ":authority": authority,
    ...(isGrpc && { "content-type": "application/grpc", te: "trailers" }),
    ...others,
  });
  const timer = setTimeout(() => stream.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    // An empty message: its five bytes of prefix.
    stream.end(isGrpc ? Buffer.alloc(5) : undefined);
    return await new Promise((resolve, reject) => {
      let head: Record<string, unknown> = {};
      let trailers: Record<string, unknown> = {};
      const chunks: Buffer[] = [];
      session.once("error", reject);
      stream.once("response", (got) => (head = got)).once("trailers", (got) => (trailers = got));
      stream.on("data", (chunk: Buffer) => chunks.push(chunk)).once("error", reject);
      stream.once("close", () => {
        session.off("error", reject);
        if (stream.rstCode !== 0) return reject(new Error(`reset with ${stream.rstCode}`));
        const { ":status": status, ...rest } = head;
        const bytes = Buffer.concat(chunks);
        const grpcStatus = isGrpc ? Number(trailers["grpc-status"] ?? head["grpc-status"]) : undefined;
        resolve(gotFrom(Number(status ?? 0), rest, bytes.subarray(isGrpc ? 5 : 0).toString(), grpcStatus));
      });
    });
  } finally {
    clearTimeout(timer);
    if (fresh) session.close();
  }
}

function sessionTo(origin: string): ClientHttp2Session {
  const known = sessions.get(origin);
  if (known !== undefined && !known.closed && !known.destroyed) return known;
  const session = connect(origin);
  sessions.set(origin, session);
  const forget = () => {
    if (sessions.get(origin) === session) sessions.delete(origin);
  };
  // One that the other side will not take requests on any more is not used for new ones.
  session.once("goaway", forget).once("close", forget).on("error", forget);
  session.setMaxListeners(0);
  return session;
}
