import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seconds } from "#base/duration.ts";
import { openStore } from "#sources/store/store.ts";

const temporary = mkdtempSync(join(tmpdir(), "stod-registry-"));
after(() => rmSync(temporary, { recursive: true }));

const reviews = {
  kind: "WorkloadEntry",
  namespace: "shop",
  name: "reviews-v1-0",
  owner: "agent-a",
  json: { spec: { address: "10.128.0.2" } },
};

function open(name: string, now = () => new Date()) {
  const addresses = { range: "240.240.0.0/16", quarantine: seconds(3600) };
  return openStore(join(temporary, name), { now, maxRevisions: 10, addresses });
}

test("what is registered is listed, changed, told of and taken off", () => {
  let now = new Date("2027-01-01T00:00:00Z");
  const store = open("steps.db", () => now);
  const { registry } = store;
  const told: [string, unknown][] = [];
  registry.watch((key, registered) => told.push([key.name, registered?.json]));
  assert.equal(registry.put(reviews), "created");
  now = new Date("2027-01-02T00:00:00Z");
  assert.equal(registry.put({ ...reviews, json: { spec: { address: "10.128.0.2" } } }), "unchanged");
  assert.equal(registry.put({ ...reviews, json: { spec: {} } }), "updated");
  assert.equal(registry.put({ ...reviews, json: { spec: {} }, owner: "agent-b" }), "updated");
  assert.deepEqual(registry.get(reviews), {
    ...reviews,
    json: { spec: {} },
    owner: "agent-b",
    since: new Date("2027-01-01T00:00:00Z"),
  });
  assert.equal(registry.delete(reviews), true);
  assert.equal(registry.delete(reviews), false);
  assert.deepEqual(told, [
    ["reviews-v1-0", { spec: { address: "10.128.0.2" } }],
    ["reviews-v1-0", { spec: {} }],
    ["reviews-v1-0", { spec: {} }],
    ["reviews-v1-0", undefined],
  ]);
  store.close();
});

test("it is still there after a restart, and an owner takes off just its own", () => {
  const first = open("restart.db");
  first.registry.put(reviews);
  first.registry.put({ ...reviews, kind: "Service", name: "reviews", owner: "up" });
  first.registry.put({ ...reviews, name: "ratings-0" });
  first.close();
  const { registry, ...store } = open("restart.db");
  assert.deepEqual(
    registry.list({ kind: "WorkloadEntry" }).map(({ name }) => name),
    ["ratings-0", "reviews-v1-0"],
  );
  const gone: string[] = [];
  registry.watch(({ name }, now) => now === undefined && gone.push(name));
  assert.equal(registry.deleteOf("agent-a"), 2);
  assert.deepEqual(gone, ["ratings-0", "reviews-v1-0"]);
  assert.deepEqual(
    registry.list().map(({ name }) => name),
    ["reviews"],
  );
  assert.ok(store);
});
