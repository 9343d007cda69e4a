import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Running } from "./running.ts";

const rows: readonly [method: string, path: string, body: string, status: number, says: RegExp][] = [
  ["GET", "/v1/nothing", "", 404, /nothing at \/v1\/nothing/],
  ["GET", "//", "", 404, /nothing at/],
  ["GET", "/v1/objects/%zz/a/b", "", 404, /nothing at/],
  ["DELETE", "/v1/status", "", 405, /takes no DELETE/],
  ["POST", "/v1/apply", "{", 400, /not JSON/],
  ["POST", "/v1/apply", "[".repeat(3_000_000), 400, /nested deeper/],
  ["PUT", "/v1/workloads/shop/a", `{"spec": ${'{"a": '.repeat(100_000)}`, 400, /nested deeper/],
  ["POST", "/v1/apply", "", 400, /no documents/],
  ["POST", "/v1/apply", "null", 400, /no documents/],
  ["POST", "/v1/apply", '{"documents": [{"file": "a.yaml"}]}', 400, /no documents/],
  ["DELETE", "/v1/objects/Service/shop/__proto__", "", 404, /no Service shop\/__proto__/],
  ["PUT", "/v1/workloads/shop/a", "null", 422, /no WorkloadEntry shop\/a/],
  [
    "PUT",
    "/v1/services/shop/a",
    '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b", "namespace": "shop"}, "spec": {}}',
    422,
    /no Service shop\/a/,
  ],
  ["DELETE", "/v1/workloads/shop/a", "", 404, /is registered/],
  ["GET", "/v1/proxies/nobody/resources", "", 404, /no proxy nobody/],
];

test("a request that makes no sense is answered with what is wrong and what to do", async () => {
  await using cp = await Running.start();
  for (const [method, path, body, status, says] of rows) {
    const answer = await cp.send(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}`);
    assert.match(answer.body.error.says, says);
    assert.ok(answer.body.error.help.length > 0);
  }
});

test("a body that is too large is refused, and the next one taken", async () => {
  await using cp = await Running.start();
  const answer = await cp.send("POST", "/v1/apply", Buffer.alloc(65 * 1024 * 1024, 32));
  assert.equal(answer.status, 413);
  assert.equal((await cp.ask("GET", "/v1/status")).status, 200);
});

test("over TCP nothing is told without the token, which only its owner can read", async () => {
  await using cp = await Running.start({ api: { host: "127.0.0.1", port: 0 } });
  const url = `http://127.0.0.1:${cp.running.ports.api}/v1/status`;
  const file = join(cp.state, "api-token");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const token = readFileSync(file, "utf8");
  for (const authorization of [undefined, "Bearer", `Bearer ${token}x`, `Bearer ${token.slice(1)}`, token]) {
    const answer = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
    assert.equal(answer.status, 401, `${authorization}`);
    await answer.arrayBuffer();
  }
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
  await answer.arrayBuffer();
});
