import type { ListenOptions, Server } from "node:net";
import { HostFault } from "#host/host-fault.ts";

/** A port that a mesh opens on this machine, and what for. */
export interface WantedPort {
  /** What people reach there, such as `gateway`. */
  readonly use: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/**
 * The host ports of a mesh, counted up from its base: each use gets the next one, or any free one where the base is 0.
 *
 * @throws HostFault where they would run past 65535
 */
export function portsFrom(base: number, uses: readonly string[]): readonly WantedPort[] {
  if (base + uses.length - 1 > 65535) {
    throw new HostFault(
      `port ${base}`,
      `${uses.length} ports are needed from there on, and the last port is 65535`,
      `Give --port-base at most ${65536 - uses.length}.`,
    );
  }
  return uses.map((use, position) => ({ use, port: base === 0 ? 0 : base + position }));
}

/**
 * Makes a server listen, and answers with the port it got.
 *
 * @throws HostFault where the port is taken or may not be used
 */
export async function listenOn(server: Server, { use, port }: WantedPort, host = "127.0.0.1"): Promise<number> {
  try {
    await listening(server, { host, port, backlog: 1024 });
  } catch (cause) {
    throw portFault({ use, port }, cause as NodeJS.ErrnoException);
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** Resolves once the server listens; rejects with the system's own error where it cannot. */
export function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function portFault({ use, port }: WantedPort, cause: NodeJS.ErrnoException): Error {
  if (cause.code === "EADDRINUSE") {
    return new HostFault(
      `port ${port}`,
      `something else on this machine listens on it, and the mesh's ${use} needs it`,
      "Choose others with --port-base N, or any free ones with --port-base 0.",
      { cause },
    );
  }
  if (cause.code === "EACCES") {
    return new HostFault(
      `port ${port}`,
      `this user may not listen on it, and the mesh's ${use} needs it`,
      "Choose ports above 1023 with --port-base N.",
      { cause },
    );
  }
  return cause;
}
