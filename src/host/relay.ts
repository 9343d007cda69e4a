import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { listening, listenOn, type WantedPort } from "#host/ports.ts";

/** Where bytes come in, or where they go: a TCP address or a unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** Carries connections from one place to another until it is closed. */
export interface Relay {
  /** The TCP port it listens on; `undefined` for a unix socket. */
  readonly port: number | undefined;
  /** Connections it carries now. */
  readonly connections: number;
  /** Takes no more connections; those it has go on. */
  stop(): void;
  /** Takes no more connections and ends those it has. */
  close(): Promise<void>;
}

/** What a relay leads to now; asked anew for each connection. `undefined`: nothing, and the connection is reset. */
export type Target = () => Place | undefined;

/**
 * Relays a TCP port of this machine's loopback, unix socket or TCP address behind it.
 *
 * @throws HostFault where the port is taken
 */
export async function relayFromPort(wanted: WantedPort, to: Target): Promise<Relay> {
  const { server, relay } = makeRelay(to);
  const port = await listenOn(server, wanted);
  return relay(port);
}

/** Relays a unix socket, which only its owner may use. A socket that was left at the path is replaced. */
export async function relayFromSocket(path: string, to: Target): Promise<Relay> {
  const { server, relay } = makeRelay(to);
  rmSync(path, { force: true });
  await listenPrivately(server, path);
  return relay(undefined);
}

/** The mode comes from the umask while the socket is made, so there is no moment at which others could open it. */
function listenPrivately(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    // Node binds inside this call, not later.
    return listening(server, { path, backlog: 1024 });
  } finally {
    process.umask(before);
  }
}

/** A relay holds at most this many connections, and refuses more: each costs two file descriptors. */
const maxConnections = 8192;

function makeRelay(to: Target) {
  const carried = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (near) => {
    // Until there is another side, an error just ends this one.
    near.on("error", () => near.destroy());
    const place = to();
    if (place === undefined) {
      reset(near);
      return;
    }
    carried.add(near);
    near.once("close", () => carried.delete(near));
    const far = connect({ ...place, allowHalfOpen: true, noDelay: true });
    join(near, far);
  });
  server.maxConnections = maxConnections;
  const relay = (port: number | undefined): Relay => ({
    port,
    get connections() {
      return carried.size;
    },
    stop() {
      server.close();
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of carried) socket.destroy();
      });
    },
  });
  return { server, relay };
}

/**
 * Lets two sockets carry each other's bytes, at the pace of the slower one. An end on one side is an end on the other, while the
 * opposite way goes on; a reset is a reset.
 */
function join(near: Socket, far: Socket): void {
  near.pipe(far);
  far.pipe(near);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on("error", () => reset(other));
    one.once("close", () => {
      // Gone before its end arrived: what it still had to say will not come, so the other side must not wait for it.
      if (!one.readableEnded) reset(other);
    });
  }
}

/** Ends a connection so that its peer sees it broken, not finished; a unix socket knows only the end. */
function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
