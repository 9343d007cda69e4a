import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { listenOn, portsFrom } from "#host/ports.ts";

test("uses get the ports from the base on, in order", () => {
  assert.deepEqual(portsFrom(8080, ["gateway", "dashboard", "API"]), [
    { use: "gateway", port: 8080 },
    { use: "dashboard", port: 8081 },
    { use: "API", port: 8082 },
  ]);
});

test("base 0 leaves the choice to the machine", () => {
  assert.deepEqual(portsFrom(0, ["gateway", "API"]), [
    { use: "gateway", port: 0 },
    { use: "API", port: 0 },
  ]);
});

test("a base too near the end is refused with the highest that works", () => {
  assert.throws(() => portsFrom(65535, ["gateway", "API"]), { help: "Give --port-base at most 65534." });
});

test("a port in use is named, with the flag to choose another", async (t) => {
  const first = createServer();
  const port = await listenOn(first, { use: "gateway", port: 0 });
  t.after(() => first.close());
  await assert.rejects(listenOn(createServer(), { use: "gateway", port }), {
    where: `port ${port}`,
    says: "something else on this machine listens on it, and the mesh's gateway needs it",
    help: "Choose others with --port-base N, or any free ones with --port-base 0.",
  });
});
