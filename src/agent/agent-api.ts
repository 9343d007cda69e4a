import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Agent } from "#agent/agent.ts";
import { socketPath } from "#agent/socket-path.ts";
import { parseSpec, SpecFault } from "#agent/workload/parse-spec.ts";
import { readJson } from "#base/read-json.ts";
import { listenUnix } from "#grpc/unix-socket.ts";

/**
 * The agent's HTTP interface, on a unix socket that only our own user can open:
 *
 *     GET    /v1/workloads                      how they are; with ?watch a line of that at each change
 *     PUT    /v1/workloads/NAME                 runs a workload; with ?wait answers when it is ready, with ?hold
 *                                               gets just its Envoy ready, until it is put without that
 *     DELETE /v1/workloads/NAME                 drains it and ends it, then answers
 *     POST   /v1/workloads/NAME/restart         the same, and starts it anew
 *     GET    /v1/workloads/NAME/proxy/PATH      what the admin interface of its Envoy says; POST as well
 */

const maxBodyBytes = 1024 * 1024;

class ApiFault extends Error {
  readonly status: number;
  readonly help: string;

  constructor(status: number, says: string, help: string) {
    super(says);
    this.status = status;
    this.help = help;
  }
}

/** @throws where the socket cannot be made */
export async function serveAgentApi(agent: Agent, path: string): Promise<Server> {
  const server = createServer((request, response) => {
    answer(agent, request, response).catch((fault: Error) => fail(response, fault));
  });
  await listenUnix(server, socketPath(path));
  return server;
}

async function answer(agent: Agent, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://agent");
  const [, version, collection, rawName, part, ...rest] = url.pathname.split("/");
  if (version !== "v1" || collection !== "workloads") throw unknown(url.pathname);
  const name = rawName === undefined ? undefined : decoded(rawName);
  const call = `${request.method} ${[name && "NAME", part].filter(Boolean).join("/")}`;
  if (call === "GET ") return url.searchParams.has("watch") ? watch(agent, response) : json(response, agent.list());
  if (call === "PUT NAME") return put(agent, name as string, url, request, response);
  if (call === "DELETE NAME") return done(response, name, await agent.remove(name as string));
  if (call === "POST NAME/restart") return done(response, name, await agent.restart(name as string));
  if (/^(GET|POST) NAME\/proxy$/.test(call)) {
    return proxy(agent, name as string, request.method as "GET", `/${rest.join("/")}${url.search}`, response);
  }
  throw unknown(`${request.method} ${url.pathname}`);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unknown(part);
  }
}

async function put(
  agent: Agent,
  name: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const spec = parseSpec(await body(request));
  if (spec.name !== name)
    throw new ApiFault(400, `the path says ${name}, and the workload ${spec.name}`, "Say the same.");
  const result = await agent.put(spec, url.searchParams.has("hold") ? "hold" : "start");
  if (url.searchParams.has("wait")) await whenReady(agent, name, response);
  json(response, { result, workload: agent.list().find((status) => status.name === name) });
}

/** Settles when a workload is ready, or is there no more, or whoever asks is gone. */
function whenReady(agent: Agent, name: string, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const status = agent.list().find((one) => one.name === name);
      if (status?.ready === false && status.phase !== "stopped" && !response.destroyed) return;
      stop();
      resolve();
    };
    const stop = agent.onChange(look);
    response.once("close", look);
    look();
  });
}

/** One line for each state that differs from the one before. */
function watch(agent: Agent, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/jsonl" });
  let last = "";
  const tell = () => {
    const line = JSON.stringify(agent.list());
    if (line !== last) response.write(`${line}\n`);
    last = line;
  };
  response.once("close", agent.onChange(tell));
  tell();
}

async function proxy(agent: Agent, name: string, method: "GET" | "POST", target: string, response: ServerResponse) {
  const admin = agent.admin(name);
  if (admin === undefined) throw new ApiFault(404, `there is no proxy of a workload ${name}`, "Look at: stod status");
  let said: Awaited<ReturnType<typeof admin.ask>>;
  try {
    said = await admin.ask(method, target);
  } catch (cause) {
    throw new ApiFault(
      502,
      `the proxy of ${name} does not answer: ${(cause as Error).message}`,
      `Look at: stod logs ${name} --proxy`,
    );
  }
  response.writeHead(said.status, { "content-type": said.headers["content-type"] ?? "text/plain" });
  response.end(said.body);
}

function done(response: ServerResponse, name: string | undefined, wasThere: boolean): void {
  if (!wasThere) throw new ApiFault(404, `there is no workload ${name}`, "Look at: stod status");
  json(response, {});
}

async function body(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new ApiFault(413, `a workload has at most ${maxBodyBytes} bytes`, "Send less.");
    chunks.push(chunk);
  }
  try {
    return readJson(Buffer.concat(chunks));
  } catch (cause) {
    throw new ApiFault(400, `the body is no JSON: ${(cause as Error).message}`, "Send a workload.");
  }
}

function unknown(what: string): ApiFault {
  return new ApiFault(404, `there is no ${what}`, "The agent knows /v1/workloads.");
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function fail(response: ServerResponse, fault: Error): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const isSpec = fault instanceof SpecFault;
  const { status, help } =
    fault instanceof ApiFault ? fault : { status: isSpec ? 400 : 500, help: isSpec ? "Correct that field." : "" };
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { says: fault.message, help } }));
}
