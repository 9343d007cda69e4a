import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { LastGood } from "#agent/relay/last-good.ts";
import { createLog } from "#base/log.ts";
import { type Resource, ResourceSchema } from "#envoy/gen/envoy/service/discovery/v3/discovery_pb.js";

const log = createLog("test", { level: "error" });
const clusters = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

function resource(name: string, version: string, content = version): Resource {
  return create(ResourceSchema, { name, version, resource: { typeUrl: clusters, value: Buffer.from(content) } });
}

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "stod-last-good-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, "last-good");
}

/** Names and versions that a file holds for whoever has the key. */
function kept(path: string, key = "a"): Record<string, string> {
  const resources = LastGood.load(path, key, log).resources(clusters) ?? new Map<string, Resource>();
  return Object.fromEntries([...resources.values()].map(({ name, version }) => [name, version]));
}

function written(path: string): LastGood {
  const lastGood = LastGood.load(path, "a", log);
  lastGood.accept(clusters, [resource("one", "1"), resource("two", "1")], []);
  lastGood.flush();
  lastGood.accept(clusters, [resource("two", "2"), resource("three", "1")], ["one"]);
  lastGood.flush();
  return lastGood;
}

test("the last good configuration comes back from disk, readable by its owner only", (t) => {
  const path = place(t);
  written(path);
  assert.deepEqual(kept(path), { two: "2", three: "1" });
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("another workload of the same name does not get it", (t) => {
  const path = place(t);
  written(path);
  assert.deepEqual(kept(path, "b"), {});
});

test("a sibling starts from it, and keeps its own from then on", (t) => {
  const path = place(t);
  const sibling = LastGood.seeded(`${path}-2`, written(path), log);
  sibling.accept(clusters, [resource("two", "3")], []);
  sibling.flush();
  assert.deepEqual(kept(`${path}-2`), { two: "3", three: "1" });
  assert.deepEqual(kept(path), { two: "2", three: "1" });
});

test("a change costs its own size on disk, and old ones do not pile up for ever", (t) => {
  const path = place(t);
  const lastGood = LastGood.load(path, "a", log);
  lastGood.accept(
    clusters,
    Array.from({ length: 100 }, (_, n) => resource(`cluster-${n}`, "1", "x".repeat(1000))),
    [],
  );
  lastGood.flush();
  const before = statSync(path).size;
  lastGood.accept(clusters, [resource("cluster-7", "2")], []);
  lastGood.flush();
  assert.ok(statSync(path).size - before < 200);
  for (let version = 3; version < 1000; version++) {
    lastGood.accept(clusters, [resource("cluster-7", `${version}`, "y".repeat(1000))], []);
    lastGood.flush();
  }
  assert.ok(statSync(path).size < 2 * before + 300_000);
  assert.equal(kept(path)["cluster-7"], "999");
});

const damages: readonly [says: string, damage: (path: string) => void, left: Record<string, string>][] = [
  ["cut off in its last record", (path) => truncateSync(path, statSync(path).size - 5), { one: "1", two: "1" }],
  [
    "with half a record behind",
    (path) => appendFileSync(path, Buffer.from([9, 0, 0, 0, 1, 2])),
    { two: "2", three: "1" },
  ],
  ["with a byte changed at its end", (path) => flip(path, -1), { one: "1", two: "1" }],
  ["with a byte changed in its head", (path) => flip(path, 3), {}],
  ["full of something else", (path) => writeFileSync(path, "hello"), {}],
];

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 0xff, index);
  writeFileSync(path, bytes);
}

for (const [says, damage, left] of damages) {
  test(`a file ${says} is read as far as it is good`, (t) => {
    const path = place(t);
    const lastGood = LastGood.load(path, "a", log);
    lastGood.accept(clusters, [resource("one", "1"), resource("two", "1")], []);
    lastGood.flush();
    lastGood.accept(clusters, [resource("two", "2"), resource("three", "1")], ["one"]);
    lastGood.flush();
    damage(path);
    assert.deepEqual(kept(path), left);
  });
}
