// The application of system tests: a server of every kind, and a client that a test directs over a unix socket, so that
// requests by the hundred need no process each. What it listens on is in LISTEN, such as "8000/http 9000/tcp 9001/first".
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { listening } from "#host/ports.ts";
import { type Ask, askMany, askOnce } from "./mesh-app-client.ts";
import { Loads } from "./mesh-app-load.ts";
import { type Behaviour, behaviour, seen, serve } from "./mesh-app-server.ts";
import { Connections } from "./mesh-app-tcp.ts";

const { LISTEN = "", CONTROL = "", STOD_WORKLOAD = "" } = process.env;
const loads = new Loads();
const connections = new Connections();

/** What a test can have done, by path; the body of the request is the argument, the answer's body the result. */
const orders: Readonly<Record<string, (argument: never) => unknown>> = {
  "/ask": (ask: Ask) => askOnce(ask),
  "/many": ({ ask, times, atOnce }: { ask: Ask; times: number; atOnce: number }) => askMany(ask, times, atOnce),
  "/load/start": (load: Parameters<Loads["start"]>[0]) => loads.start(load),
  "/load/look": ({ id }: { id: number }) => loads.look(id),
  "/load/stop": ({ id }: { id: number }) => loads.stop(id),
  "/tcp/open": ({ host, port }: { host: string; port: number }) => connections.open(host, port),
  "/tcp/send": (order: Parameters<Connections["send"]>[0]) => connections.send(order),
  "/tcp/read": (order: Parameters<Connections["read"]>[0]) => connections.read(order),
  "/tcp/look": ({ id }: { id: number }) => connections.look(id),
  "/tcp/close": ({ id }: { id: number }) => connections.close(id),
  "/seen": () => seen.splice(0),
  "/behave": (wanted: Partial<Behaviour>) => Object.assign(behaviour, wanted),
};

const control = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  const order = orders[request.url ?? ""];
  try {
    if (order === undefined) throw new Error(`there is no ${request.url}`);
    response.end(JSON.stringify((await order(JSON.parse(text) as never)) ?? null));
  } catch (fault) {
    response.writeHead(500).end((fault as Error).message);
  }
});
control.requestTimeout = 0;

for (const one of LISTEN.split(" ").filter(Boolean)) {
  const [port, kind = "http"] = one.split("/");
  await serve(kind as "http", Number(port));
}
if (CONTROL !== "") {
  const path = join(CONTROL, `${STOD_WORKLOAD}.sock`);
  rmSync(path, { force: true });
  await listening(control, { path });
}
// At once: nobody should be waiting for an answer by then.
process.on("SIGTERM", () => process.exit(0));
