import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { service, workloadEntry } from "./objects.ts";
import { Running } from "./running.ts";

test("objects, registered instances and addresses are there after a restart", async () => {
  await using cp = await Running.start();
  await cp.apply(service("reviews"));
  await cp.ask("PUT", "/v1/workloads/shop/reviews-0", {
    workloadEntry: workloadEntry("reviews-0", "10.128.0.9", { app: "reviews" }),
    healthy: true,
  });
  const seen = async () => [
    (await cp.ask("GET", "/v1/objects")).body,
    (await cp.ask("GET", "/v1/names")).body,
    (await cp.ask("GET", "/v1/history")).body,
  ];
  const before = await seen();
  assert.match(before[1].names["reviews.shop.svc.cluster.local"][0], /^240\.240\./);
  await cp.stop();
  await cp.startAgain();
  assert.deepEqual(await seen(), before);
});

test("what is private is open to its owner alone", async () => {
  await using cp = await Running.start();
  for (const name of ["store.db", "ca/root.key", "ca/intermediate.key", "run/api.sock", "run/xds.sock"]) {
    assert.equal(statSync(join(cp.state, name)).mode & 0o077, 0, name);
  }
});

test("a corrupted store is told in one message, and left as it is", async () => {
  await using cp = await Running.start();
  await cp.apply(service("reviews"));
  await cp.stop();
  const file = join(cp.state, "store.db");
  writeFileSync(file, "this is no database, whatever its name says".repeat(100));
  const before = readFileSync(file);
  await assert.rejects(cp.startAgain(), (fault: Error) => {
    assert.equal(fault.name, "StateFault");
    assert.match(fault.message, /store\.db: .+\. .+/);
    return true;
  });
  assert.deepEqual(readFileSync(file), before);
});

test("a place that is taken is told in one message, and nothing stays open", async () => {
  await using cp = await Running.start({ api: { host: "127.0.0.1", port: 0 } });
  const taken = { host: "127.0.0.1", port: cp.running.ports.api ?? 0 };
  await assert.rejects(Running.start({ api: taken }), /127\.0\.0\.1:\d+: somebody listens there already\. /);
});
