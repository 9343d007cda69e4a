import { relative } from "node:path";

/** What fits into a `sockaddr_un`, without its final zero. */
const maxBytes = 107;

/**
 * The shortest way to name a unix socket: its path, or that path seen from the working directory.
 *
 * @throws where even that is longer than the system takes
 */
export function socketPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  const shortest = fromHere.length < path.length ? fromHere : path;
  if (Buffer.byteLength(shortest) > maxBytes) {
    throw new Error(`${path} is too long for a unix socket: choose a state directory with a shorter path`);
  }
  return shortest;
}
