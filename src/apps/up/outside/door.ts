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
  /** Whether a browser may show the token once, in the address, and have it as a cookie from then on. */
  readonly forBrowsers: boolean;
}

const cookie = "stod-token";

/**
 * Opens a door. The port is on the loopback, yet every user and every web page of this machine can reach that: so each request needs
 * the token, and names the loopback as its host (a page elsewhere that has its own name resolve to here does not).
 *
 * @throws HostFault where the port is taken
 */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const server: Server = createServer({ maxHeaderSize: 32 << 10 }, (incoming, outgoing) => {
    const refusal = refusalOf(incoming, options);
    if (refusal !== undefined) return refuse(outgoing, ...refusal);
    if (options.forBrowsers && tokenInAddress(incoming) !== undefined)
      return welcome(incoming, outgoing, options.token);
    pass(incoming, outgoing, options.socketFor(addressOf(incoming).pathname));
  });
  // A stream of changes is open for as long as somebody looks at it.
  server.requestTimeout = 0;
  const port = await listenOn(server, options.wanted);
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port, close };
}

function refusalOf(
  incoming: IncomingMessage,
  { token, forBrowsers }: DoorOptions,
): [number, string, string] | undefined {
  const host = incoming.headers.host?.replace(/:\d+$/, "");
  if (host !== "127.0.0.1" && host !== "localhost")
    return [403, "this address is for 127.0.0.1 only", "Call it by that name."];
  const shown = [
    tokenInHeader(incoming),
    forBrowsers ? (tokenInAddress(incoming) ?? tokenInCookie(incoming)) : undefined,
  ];
  if (shown.some((candidate) => candidate !== undefined && equal(candidate, token))) return undefined;
  const help = forBrowsers
    ? "Open it with: stod dashboard"
    : "Send the token of stod status -o json: authorization: Bearer TOKEN";
  return [401, "this needs the mesh's token", help];
}

function tokenInHeader({ headers }: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

function tokenInAddress(incoming: IncomingMessage): string | undefined {
  return addressOf(incoming).searchParams.get("token") ?? undefined;
}

function tokenInCookie({ headers }: IncomingMessage): string | undefined {
  const pairs = (headers.cookie ?? "").split(/;\s*/).map((pair) => pair.split("="));
  return pairs.find(([name]) => name === cookie)?.[1];
}

function addressOf({ url = "/" }: IncomingMessage): URL {
  return URL.parse(url, "http://127.0.0.1") ?? new URL("http://127.0.0.1/");
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The token leaves the address bar, where it could be copied along or end up in a history. */
function welcome(incoming: IncomingMessage, outgoing: ServerResponse, token: string): void {
  const address = addressOf(incoming);
  address.searchParams.delete("token");
  outgoing.writeHead(303, {
    location: `${address.pathname}${address.search}`,
    "set-cookie": `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/`,
    "cache-control": "no-store",
  });
  outgoing.end();
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
