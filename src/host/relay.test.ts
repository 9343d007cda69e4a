import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, statSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { listening } from "#host/ports.ts";
import { type Relay, relayFromPort, relayFromSocket } from "#host/relay.ts";

const directory = mkdtempSync(join(tmpdir(), "stod-relay-"));
const ends: (() => unknown)[] = [];
after(() => Promise.all(ends.map((end) => end())));
let sockets = 0;

/** A server, reached from a TCP port by a relay to a unix socket and from there by a second one. */
async function relayed(serve: (socket: Socket) => void): Promise<{ port: number; relays: Relay[] }> {
  const server = createServer({ allowHalfOpen: true }, serve);
  await listening(server, { port: 0, host: "127.0.0.1" });
  const path = join(directory, `${sockets++}.sock`);
  const inner = await relayFromSocket(path, () => ({ host: "127.0.0.1", port: portOf(server) }));
  const outer = await relayFromPort({ use: "test", port: 0 }, () => ({ path }));
  ends.push(
    () => outer.close(),
    () => inner.close(),
    () => server.close(),
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
  return { port: outer.port ?? 0, relays: [outer, inner] };
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("what one side says after the other has ended still arrives", async () => {
  const { port } = await relayed(async (socket) => {
    const asked = await readAll(socket);
    socket.end(`heard ${asked.length}`);
  });
  const client = connect({ port, allowHalfOpen: true });
  client.end("x".repeat(1_000_000));
  assert.equal((await readAll(client)).toString(), "heard 1000000");
});

test("a slow reader holds its writer back, and gets every byte", async () => {
  const total = 64 << 20;
  let written = 0;
  const { port } = await relayed((socket) => {
    const chunk = Buffer.alloc(64 << 10);
    const more = () => {
      while (written < total) {
        written += chunk.length;
        if (!socket.write(chunk)) return void socket.once("drain", more);
      }
      socket.end();
    };
    more();
  });
  const client = connect({ port });
  await once(client, "connect");
  // Nothing is read, so the writer comes to a stand: its count stays the same over many turns of the event loop.
  let before = -1;
  while (before !== written || written === 0) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(written < total / 2, `${written} bytes were taken with nobody reading`);
  assert.equal((await readAll(client)).length, total);
});

test("hundreds of connections at once, each with its own bytes", async () => {
  const { port, relays } = await relayed((socket) => void socket.pipe(socket));
  const asked = Array.from({ length: 400 }, (_, n) => `connection ${n} `.repeat(50));
  const answers = await Promise.all(
    asked.map(async (text) => {
      const client = connect({ port, allowHalfOpen: true });
      client.end(text);
      return (await readAll(client)).toString();
    }),
  );
  assert.deepEqual(answers, asked);
  await Promise.all(relays.map((relay) => relay.close()));
  assert.deepEqual(
    relays.map((relay) => relay.connections),
    [0, 0],
  );
});

test("a reset on one side is a reset on the other", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.resetAndDestroy());
  });
  await listening(server, { port: 0, host: "127.0.0.1" });
  const relay = await relayFromPort({ use: "test", port: 0 }, () => ({ host: "127.0.0.1", port: portOf(server) }));
  ends.push(
    () => relay.close(),
    () => server.close(),
  );
  const client = connect({ port: relay.port ?? 0 });
  client.write("hello");
  await assert.rejects(readAll(client), { code: "ECONNRESET" });
});

test("a connection that breaks behind a unix socket ends, and nobody waits for it", async () => {
  const { port } = await relayed((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.resetAndDestroy());
  });
  const client = connect({ port });
  client.write("hello");
  await readAll(client).catch(() => {});
  assert.ok(client.readableEnded || client.errored);
});

test("where nothing listens behind it, the connection is reset at once", async () => {
  const relay = await relayFromPort({ use: "test", port: 0 }, () => ({ path: join(directory, "nobody.sock") }));
  ends.push(() => relay.close());
  await assert.rejects(readAll(connect({ port: relay.port ?? 0 })), { code: "ECONNRESET" });
});
