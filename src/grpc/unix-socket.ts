import { lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";

/**
 * Listens on a unix socket that only our own user can open (0600).
 *
 * The mode comes from the umask while the socket is made, so there is no moment at which others could open it.
 * A socket left behind by a process that died is replaced; one that somebody still listens on is not.
 *
 * @throws Error  with code EADDRINUSE where somebody listens there already, or the path is something else than a socket
 */
export async function listenUnix(server: Server, path: string): Promise<void> {
  await removeStaleSocket(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    const before = process.umask(0o177);
    try {
      // Node binds inside this call, not later.
      server.listen({ path, backlog: manyAtOnce }, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket() || (await answers(path))) {
    throw Object.assign(new Error(`${path} is in use`), { code: "EADDRINUSE" });
  }
  unlinkSync(path);
}

/** After a restart all clients come at once, and a unix socket turns away those it has no place for. */
const manyAtOnce = 4096;

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}
