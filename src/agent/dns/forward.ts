import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { connect, isIP } from "node:net";
import type { Duration } from "#base/duration.ts";

/** Someone else's resolver. */
export interface Resolver {
  readonly address: string;
  readonly port: number;
}

export type Transport = "udp" | "tcp";

/** The resolvers of a file such as `/etc/resolv.conf`; none where it cannot be read. */
export function resolversOf(path: string): Resolver[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map((match) => match[1] as string)
    .filter((address) => isIP(address) !== 0)
    .map((address) => ({ address, port: 53 }));
}

/**
 * Asks others, one after the other, the way we were asked: an answer too long for UDP comes back marked as truncated,
 * and the asker then comes again over TCP.
 *
 * @returns the first answer, or `undefined` where nobody answers in time
 */
export async function forward(
  query: Buffer,
  resolvers: readonly Resolver[],
  transport: Transport,
  patience: Duration,
): Promise<Buffer | undefined> {
  for (const resolver of resolvers) {
    const answer = await (transport === "udp" ? overUdp : overTcp)(query, resolver, patience);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** A socket of its own for every query: its random port, with the id, is what a forged answer would have to guess. */
function overUdp(query: Buffer, { address, port }: Resolver, patience: Duration): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
    const timer = setTimeout(() => done(undefined), patience.ms);
    const done = (answer: Buffer | undefined) => {
      clearTimeout(timer);
      socket.removeAllListeners("message");
      socket.close();
      resolve(answer);
    };
    socket.once("error", () => done(undefined));
    socket.on("message", (answer) => {
      if (answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0)) done(answer);
    });
    // Node calls back with the fault as well, where there is no way to that address.
    socket.connect(port, address, (fault?: Error) => (fault === undefined ? socket.send(query) : done(undefined)));
  });
}

function overTcp(query: Buffer, { address, port }: Resolver, patience: Duration): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    const done = (answer: Buffer | undefined) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience.ms, () => done(undefined));
    socket.once("error", () => done(undefined));
    socket.once("end", () => done(undefined));
    socket.once("connect", () => socket.write(framed(query)));
    messagesOf(socket, done);
  });
}

/** A message as TCP carries it: behind two bytes of length. */
export function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(message.length);
  return Buffer.concat([head, message]);
}

/** Calls back for every message of a TCP connection. */
export function messagesOf(socket: NodeJS.ReadableStream, onMessage: (message: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      const message = rest.subarray(2, end);
      rest = rest.subarray(end);
      onMessage(message);
    }
  });
}
