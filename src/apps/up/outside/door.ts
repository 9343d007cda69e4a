import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { listenOn, type WantedPort } from "#host/ports.ts";

/** An HTTP port of the host that leads to unix sockets of the mesh, for whoever has the token. */
export interface Door {
  readonly port: number;
  close(): void;
}

export interface DoorOptions {
  readonly wanted: WantedPort;
  readonly token: string;
  /** The socket for a path of a URL. */
  readonly socketFor: (path: string) => string;
  /** Whether a path shows the same to everybody, as a page without data does, and so needs no token. */
  readonly isPublic: (path: string) => boolean;
}

/** Each costs file descriptors of the process that holds the mesh; who is refused may come again. */
const maxConnections = 512;

/**
 * Opens a door. The port is on the loopback, yet every user and every web page of this machine can reach that: so each request needs
 * the token, and names the loopback as its host (a page elsewhere that has its own name resolve to here does not).
 *
 * The token is in a header that only our own page sets. A cookie would go to every port of 127.0.0.1: to the workloads behind
 * the gateway, and along with what their pages write to here.
 *
 * @throws HostFault where the port is taken
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const server: Server = createServer({ maxHeaderSize: 32 << 10 }, (incoming, outgoing) => {
    const path = pathOf(incoming);
    const refusal = refusalOf(incoming, path, options);
    if (refusal !== undefined) return refuse(outgoing, ...refusal);
    pass(incoming, outgoing, options.socketFor(path));
  });
  server.maxConnections = maxConnections;
  const port = await listenOn(server, options.wanted);
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port, close };
}

function refusalOf(
  incoming: IncomingMessage,
  path: string,
  { token, isPublic }: DoorOptions,
): [number, string, string] | undefined {
  const host = incoming.headers.host?.replace(/:\d+$/, "");
  if (host !== "127.0.0.1" && host !== "localhost")
    return [403, "this address is for 127.0.0.1 only", "Call it by that name."];
  if (isPublic(path) && (incoming.method === "GET" || incoming.method === "HEAD")) return undefined;
  const shown = /^Bearer (\S+)$/i.exec(incoming.headers.authorization ?? "")?.[1];
  if (shown !== undefined && equal(shown, token)) return undefined;
  const help = "Send the token of stod status -o json: authorization: Bearer TOKEN. A browser: stod dashboard";
  return [401, "this needs the mesh's token", help];
}

/** As the server behind the door reads it, so that both mean the same path. Anything else is for nobody without a token. */
function pathOf({ url = "" }: IncomingMessage): string {
  const path = url.startsWith("/") ? URL.parse(`http://127.0.0.1${url}`)?.pathname : undefined;
  return path ?? "/v1/";
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, socketPath: string): void {
  const { authorization: _, cookie: __, ...headers } = incoming.headers;
  const asking = request(
    { socketPath, method: incoming.method, path: incoming.url, headers, agent: false },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.on("error", () => outgoing.destroy());
    },
  );
  asking.on("error", (cause) => {
    if (outgoing.headersSent) outgoing.destroy();
    else
      refuse(
        outgoing,
        503,
        `nobody answers behind this address (${cause.message})`,
        "Look whether the mesh runs: stod status",
      );
  });
  outgoing.on("close", () => asking.destroy());
  incoming.pipe(asking);
}

function refuse(outgoing: ServerResponse, status: number, says: string, help: string): void {
  outgoing.writeHead(status, { "content-type": "application/json" });
  outgoing.end(`${JSON.stringify({ error: { says, help } })}\n`);
}
