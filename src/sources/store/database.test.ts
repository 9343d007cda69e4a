import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { seconds } from "#base/duration.ts";
import { StateFault } from "#base/state-fault.ts";
import { openStore, type Store } from "#sources/store/store.ts";

const temporary = mkdtempSync(join(tmpdir(), "stod-database-"));
after(() => rmSync(temporary, { recursive: true }));
let count = 0;
const fresh = () => join(temporary, String(count++), "store.db");

function open(path: string): Store {
  const addresses = { range: "240.240.0.0/16", quarantine: seconds(3600) };
  return openStore(path, { now: () => new Date(), maxRevisions: 1000, addresses });
}

/** A store with something in it, closed. */
function filled(): string {
  const path = fresh();
  const store = open(path);
  for (let n = 0; n < 50; n++) {
    const body = { text: "x".repeat(2000), json: { n }, file: undefined, line: 1 };
    store.put({ kind: "Thing", namespace: "shop", name: `thing-${n}` }, body, { who: "ana", what: "a test" });
  }
  store.close();
  return path;
}

test("the file and its side files are the owner's only, whatever the umask", () => {
  const before = process.umask(0);
  try {
    const path = fresh();
    const store = open(path);
    store.registry.put({ kind: "Service", namespace: "shop", name: "reviews", json: {}, owner: "up" });
    for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
    store.close();
  } finally {
    process.umask(before);
  }
});

test("an empty file, as a crash can leave one, becomes a store", () => {
  const path = fresh();
  mkdirSync(join(path, ".."));
  writeFileSync(path, "", { mode: 0o600 });
  const store = open(path);
  assert.equal(store.history.revision, 0);
  store.close();
});

const sql = (path: string, statement: string) => {
  const database = new DatabaseSync(path);
  database.exec(statement);
  database.close();
};
const overwrite = (path: string, at: number, bytes: Buffer) => {
  const content = readFileSync(path);
  bytes.copy(content, at);
  writeFileSync(path, content);
};

const damages: readonly [what: string, damage: (path: string) => void, says: RegExp, help: RegExp][] = [
  [
    "text in place of it",
    (path) => writeFileSync(path, "hello, this is not a database at all\n".repeat(50)),
    /not a store of stod/,
    /mv /,
  ],
  ["its first page overwritten", (path) => overwrite(path, 0, Buffer.alloc(4096, 7)), /not a store of stod/, /mv /],
  [
    "pages in its middle overwritten",
    (path) => overwrite(path, 4096 * 5, Buffer.alloc(4096 * 8, 0xab)),
    /corrupt/,
    /mv /,
  ],
  ["its end cut off", (path) => truncateSync(path, 4096 * 9), /corrupt/, /mv /],
  ["a page and a half left of it", (path) => truncateSync(path, 6000), /corrupt/, /mv /],
  [
    "another program's database",
    (path) => {
      rmSync(path);
      sql(path, "CREATE TABLE music (title TEXT)");
      chmodSync(path, 0o600);
    },
    /another program/,
    /mv /,
  ],
  [
    "a newer stod's store",
    (path) => sql(path, "PRAGMA user_version = 99"),
    /newer stod wrote it \(version 99, and this one knows 1\)/,
    /newer stod/,
  ],
  [
    "a table of it gone",
    (path) => sql(path, "DROP TABLE objects"),
    /not a store as this stod knows it \(no such table: objects\)/,
    /mv /,
  ],
  ["others may read it", (path) => chmodSync(path, 0o644), /mode is 644/, /chmod 600 /],
  [
    "a directory in its place",
    (path) => {
      rmSync(path);
      mkdirSync(path);
    },
    /it is a directory/,
    /Move it away/,
  ],
];

for (const [what, damage, says, help] of damages) {
  test(`${what}: refused, saying where, what and what to do, and nothing is changed`, () => {
    const path = filled();
    damage(path);
    const before = statSync(path).isFile() ? readFileSync(path) : undefined;
    assert.throws(
      () => open(path).list(),
      (fault) => {
        assert.ok(fault instanceof StateFault, String(fault));
        assert.equal(fault.path, path);
        assert.match(fault.says, says);
        assert.match(fault.help, help);
        return true;
      },
    );
    if (before !== undefined) assert.deepEqual(readFileSync(path), before);
  });
}

test("what the help says can be run, and stod then starts with an empty store", () => {
  const path = filled();
  overwrite(path, 0, Buffer.alloc(4096, 7));
  writeFileSync(`${path}-wal`, "left behind");
  let help = "";
  try {
    open(path);
  } catch (fault) {
    help = (fault as StateFault).help;
  }
  execFileSync("sh", ["-c", /run: (.*) \(/.exec(help)?.[1] as string]);
  const store = open(path);
  assert.equal(store.list().length, 0);
  assert.equal(readFileSync(join(`${path}.broken`, "store.db-wal"), "utf8"), "left behind");
  store.close();
});

test("damage that shows up only while it is open is said in the same way", () => {
  const path = filled();
  const store = open(path);
  sql(path, "DROP TABLE objects");
  assert.throws(() => store.list(), { name: "StateFault", path });
  store.close();
});
