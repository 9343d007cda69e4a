import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seconds } from "#base/duration.ts";
import type { Change } from "#sources/store/history.ts";
import type { ObjectBody, ObjectKey } from "#sources/store/object.ts";
import { type Edit, openStore, type Store } from "#sources/store/store.ts";

const temporary = mkdtempSync(join(tmpdir(), "stod-store-"));
after(() => rmSync(temporary, { recursive: true }));
let count = 0;
const fresh = () => join(temporary, `${count++}.db`);

const ana = { who: "ana", what: "stod apply" };
const start = new Date("2027-01-01T00:00:00Z");

function open(path: string, changes: { maxRevisions?: number; now?: () => Date } = {}): Store {
  const addresses = { range: "240.240.0.0/16", quarantine: seconds(3600) };
  return openStore(path, { now: () => start, maxRevisions: 10_000, addresses, ...changes });
}

const reviews: ObjectKey = { kind: "VirtualService", namespace: "shop", name: "reviews" };
const ratings: ObjectKey = { ...reviews, name: "ratings" };

function body(weight: number, line = 1): ObjectBody {
  return { text: `weight: ${weight}\n`, json: { weight }, file: "reviews.yaml", line };
}

test("an object is created, left as it is, updated and deleted, each change with its own revision", () => {
  const store = open(fresh());
  const steps: readonly [what: () => unknown, action: string, version: number | undefined, revision: number][] = [
    [() => store.put(reviews, body(10), ana), "created", 1, 1],
    [() => store.put(reviews, body(10), ana), "unchanged", 1, 1],
    [() => store.put(ratings, body(1), ana), "created", 2, 2],
    [() => store.put(reviews, body(20), ana), "updated", 3, 3],
    [() => store.delete(ratings, ana), "deleted", undefined, 4],
    [() => store.delete(ratings, ana), "unchanged", undefined, 4],
    [() => store.put(ratings, body(1), ana), "created", 5, 5],
  ];
  for (const [write, action, version, revision] of steps) {
    const result = write() as { outcomes: readonly ObjectKey[] };
    const [{ kind, namespace, name, ...outcome }] = result.outcomes as [ObjectKey];
    assert.deepEqual({ ...result, outcomes: outcome }, { at: "written", revision, outcomes: { action, version } });
    assert.ok(kind && namespace && name);
  }
  assert.deepEqual(store.get(reviews), { ...reviews, ...body(20), version: 3, createdAt: start });
  store.close();
});

test("a list is by kind, namespace and name, as far as they are given, in order", () => {
  const store = open(fresh());
  const keys: ObjectKey[] = ["b", "a"].flatMap((kind) =>
    ["y", "x"].flatMap((namespace) => ["n", "m"].map((name) => ({ kind, namespace, name }))),
  );
  store.write(
    keys.map((key) => ({ ...key, do: "put", body: body(1) })),
    ana,
  );
  const rows: readonly [query: Partial<ObjectKey>, found: string][] = [
    [{}, "axm axn aym ayn bxm bxn bym byn"],
    [{ kind: "a" }, "axm axn aym ayn"],
    [{ namespace: "y" }, "aym ayn bym byn"],
    [{ kind: "b", name: "n" }, "bxn byn"],
    [{ kind: "c" }, ""],
    [{ kind: "a' OR 1=1 --" }, ""],
  ];
  for (const [query, found] of rows) {
    const list = store.list(query).map(({ kind, namespace, name }) => kind + namespace + name);
    assert.equal(list.join(" "), found, JSON.stringify(query));
  }
  store.close();
});

const conflicts: readonly [what: string, edit: Partial<Edit>, has: number | "absent" | undefined][] = [
  ["the version that is there", { ifVersion: 1 }, undefined],
  ["no version", {}, undefined],
  ["another version", { ifVersion: 7 }, 1],
  ["that it is absent", { ifVersion: "absent" }, 1],
  ["a version of what is absent", { name: "details", ifVersion: 1 }, "absent"],
  ["that what is absent is absent", { name: "details", ifVersion: "absent" }, undefined],
];

for (const [what, edit, has] of conflicts) {
  test(`a write that names ${what} ${has === undefined ? "is done" : "is a conflict, and nothing of it is done"}`, () => {
    const store = open(fresh());
    store.put(reviews, body(10), ana);
    const edits = [
      { ...ratings, do: "put", body: body(2) },
      { ...reviews, do: "put", body: body(20), ...edit },
    ] as Edit[];
    const result = store.write(edits, ana);
    if (has === undefined) {
      assert.equal(result.at, "written");
    } else {
      assert.deepEqual(result, { at: "conflict", key: { ...reviews, name: edit.name ?? "reviews" }, has });
      assert.deepEqual(
        store.list().map(({ name, json }) => [name, json]),
        [["reviews", { weight: 10 }]],
      );
      assert.equal(store.history.revision, 1);
    }
    store.close();
  });
}

test("several objects written at once are one revision, told of once", () => {
  const store = open(fresh());
  const told: [string[], number][] = [];
  const end = store.watch((changes, revision) =>
    told.push([changes.map(({ name, action }) => `${action} ${name}`), revision]),
  );
  store.write(
    [
      { ...reviews, do: "put", body: body(1) },
      { ...ratings, do: "put", body: body(1) },
    ],
    ana,
  );
  store.write(
    [
      { ...reviews, do: "put", body: body(2) },
      { ...ratings, do: "delete" },
    ],
    ana,
  );
  store.write([{ ...reviews, do: "put", body: body(2) }], ana);
  store.write([{ ...reviews, do: "put", body: body(3), ifVersion: 1 }], ana);
  end();
  store.write([{ ...reviews, do: "delete" }], ana);
  assert.deepEqual(told, [
    [["created reviews", "created ratings"], 1],
    [["updated reviews", "deleted ratings"], 2],
  ]);
  store.close();
});

test("a watcher that writes does not mix up the order in which others are told", () => {
  const store = open(fresh());
  const told: number[] = [];
  store.watch(() => store.put(ratings, body(1), ana));
  store.watch((_, revision) => told.push(revision));
  store.put(reviews, body(1), ana);
  assert.deepEqual(told, [1, 2]);
  store.close();
});

const refused: readonly [what: string, edits: readonly Edit[], says: RegExp][] = [
  [
    "one object twice",
    [
      { ...reviews, do: "put", body: body(1) },
      { ...reviews, do: "delete" },
    ],
    /VirtualService shop\/reviews is written twice/,
  ],
  [
    "two megabytes",
    [{ ...reviews, do: "put", body: { ...body(1), text: "x".repeat(2_000_000) } }],
    /more than 1572864/,
  ],
];

for (const [what, edits, says] of refused) {
  test(`not written: ${what}`, () => {
    const store = open(fresh());
    assert.throws(() => store.write(edits, ana), says);
    assert.equal(store.history.revision, 0);
    store.close();
  });
}

test("a document that moved within its file is unchanged, and known by its new place", () => {
  const store = open(fresh());
  store.put(reviews, body(1, 5), ana);
  const result = store.put(reviews, { ...body(1, 9), file: "all.yaml" }, ana);
  assert.equal(result.at === "written" && result.outcomes[0]?.action, "unchanged");
  assert.deepEqual([store.get(reviews)?.line, store.get(reviews)?.file, store.history.revision], [9, "all.yaml", 1]);
  store.close();
});

test("text of every kind comes back as it was", () => {
  const store = open(fresh());
  const text = "é 漢字 😀 \r\n\t'\"; DROP TABLE objects; -- \u0000 end";
  const json = JSON.parse(
    `{ "__proto__": { "kind": "x" }, "list": [null, true, 1.5, ${JSON.stringify(text)}], "": {} }`,
  );
  store.put(reviews, { text, json, file: undefined, line: 1 }, ana);
  assert.deepEqual(store.get(reviews), {
    ...reviews,
    text,
    json,
    file: undefined,
    line: 1,
    version: 1,
    createdAt: start,
  });
  store.close();
});

test("the history of an object says who, when, what and with which words, newest first", () => {
  let now = start;
  const store = open(fresh(), { now: () => now });
  store.put(reviews, body(10), ana);
  now = new Date("2027-01-02T00:00:00Z");
  store.write(
    [
      { ...reviews, do: "put", body: body(20) },
      { ...ratings, do: "put", body: body(1) },
    ],
    { who: "bo", what: "stod apply -f canary.yaml" },
  );
  store.delete(reviews, ana);
  const history = store.history
    .of(reviews)
    .map((entry) => [
      entry.revision,
      entry.action,
      entry.who,
      entry.what,
      entry.at.toISOString().slice(0, 10),
      entry.action === "deleted" ? undefined : entry.body.text,
    ]);
  assert.deepEqual(history, [
    [3, "deleted", "ana", "stod apply", "2027-01-02", undefined],
    [2, "updated", "bo", "stod apply -f canary.yaml", "2027-01-02", "weight: 20\n"],
    [1, "created", "ana", "stod apply", "2027-01-01", "weight: 10\n"],
  ]);
  store.close();
});

test("changes since a revision are told in order, until they are forgotten", () => {
  const path = fresh();
  const store = open(path, { maxRevisions: 3 });
  for (let weight = 1; weight <= 5; weight++) store.put(reviews, body(weight), ana);
  const since = (from: number) => {
    const answer = store.history.since(from);
    return answer.at === "forgotten" ? answer : answer.changes.map(({ revision }) => revision);
  };
  assert.deepEqual(since(5), []);
  assert.deepEqual(since(3), [4, 5]);
  assert.deepEqual(since(2), [3, 4, 5]);
  assert.deepEqual(since(1), { at: "forgotten", since: 2 });
  assert.equal(store.history.of(reviews).length, 3);
  store.close();
  // A longer history from now on does not bring back what is gone.
  const longer = open(path, { maxRevisions: 100 });
  assert.deepEqual(longer.history.since(1), { at: "forgotten", since: 2 });
  assert.equal(longer.get(reviews)?.version, 5);
  longer.close();
});

test("thousands of random writes, with reopening in between, agree with a plain model", () => {
  const path = fresh();
  const options = { maxRevisions: 200 };
  let store = open(path, options);
  const model = new Map<string, { weight: number; version: number }>();
  const log: string[] = [];
  const told: string[] = [];
  const tell = (changes: readonly Change[]) =>
    told.push(...changes.map((change) => `${change.revision} ${change.action} ${change.name}`));
  store.watch(tell);
  let revision = 0;
  const pick = (n: number) => Math.floor(Math.random() * n);
  for (let round = 0; round < 1500; round++) {
    const edits: Edit[] = [];
    for (const name of new Set(Array.from({ length: 1 + pick(3) }, () => `object-${pick(8)}`))) {
      const has = model.get(name);
      const ifVersion = [undefined, undefined, has?.version ?? "absent", pick(revision + 1) || "absent"][
        pick(4)
      ] as Edit["ifVersion"];
      const key = { kind: "Thing", namespace: "shop", name };
      edits.push(
        pick(3) === 0 ? { ...key, do: "delete", ifVersion } : { ...key, do: "put", body: body(pick(3)), ifVersion },
      );
    }
    const clash = edits.find(
      (edit) => edit.ifVersion !== undefined && edit.ifVersion !== (model.get(edit.name)?.version ?? "absent"),
    );
    const result = store.write(edits, ana);
    if (clash !== undefined) {
      assert.deepEqual([result.at, result.at === "conflict" && result.key.name], ["conflict", clash.name]);
      continue;
    }
    const changed = edits.filter((edit) => {
      const has = model.get(edit.name);
      return edit.do === "delete" ? has !== undefined : has?.weight !== (edit.body.json as { weight: number }).weight;
    });
    if (changed.length > 0) revision++;
    for (const edit of changed) {
      const action = edit.do === "delete" ? "deleted" : model.has(edit.name) ? "updated" : "created";
      log.push(`${revision} ${action} ${edit.name}`);
      if (edit.do === "delete") model.delete(edit.name);
      else model.set(edit.name, { weight: (edit.body.json as { weight: number }).weight, version: revision });
    }
    assert.equal(result.at === "written" && result.revision, revision);
    if (round % 100 === 0) {
      store.close();
      store = open(path, options);
      store.watch(tell);
    }
    const list = store.list().map(({ name, json, version }) => [name, { ...(json as object), version }]);
    assert.deepEqual(
      list,
      [...model].sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  assert.deepEqual(told, log);
  const known = store.history.since(revision - 200);
  const lines =
    known.at === "known" ? known.changes.map((change) => `${change.revision} ${change.action} ${change.name}`) : [];
  assert.deepEqual(lines.sort(), log.filter((line) => Number.parseInt(line, 10) > revision - 200).sort());
  assert.equal(store.history.since(revision - 201).at, "forgotten");
  store.close();
});
