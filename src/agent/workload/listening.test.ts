import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { isListening } from "#agent/workload/listening.ts";
import { listenOn } from "#host/ports.ts";

const rows: readonly [listens: string, address: string | undefined, found: boolean][] = [
  ["127.128.0.3", undefined, true],
  ["127.128.0.3", "127.128.0.3", true],
  ["127.129.0.3", "127.128.0.3", false],
  ["::ffff:127.128.0.3", "127.128.0.3", true],
];

for (const [listens, address, found] of rows) {
  test(`a server on ${listens} ${found ? "listens" : "does not listen"} on ${address ?? "some address"}`, async () => {
    const server = createServer();
    const port = await listenOn(server, { use: "test", port: 0 }, listens);
    assert.equal(isListening(process.pid, port, address), found);
    server.close();
  });
}
