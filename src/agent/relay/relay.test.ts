import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("neither a new certificate nor a control plane that is killed and comes back costs a request or resets anything", {
  timeout: 60_000,
}, async () => {
  const program = fileURLToPath(new URL("./relay-trial.ts", import.meta.url));
  const child = spawn("unshare", ["-Urn", process.execPath, program], { stdio: ["ignore", "pipe", "inherit"] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(output), {
    "with the control plane": "first",
    "a new certificate": "is shown",
    "the connections of the one before": "HTTP/1.1 200 OK",
    "while it is away": "first",
    "when it is back": "first",
    "nothing was sent again": true,
    "a request that was in flight all the time": "first",
    "a change after that": "changed",
    "an Envoy killed meanwhile": "changed",
    "a new Envoy meanwhile": "changed",
    "is handed over without a change": true,
  });
});
