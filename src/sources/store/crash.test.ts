import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { seconds } from "#base/duration.ts";
import { openStore } from "#sources/store/store.ts";

const temporary = mkdtempSync(join(tmpdir(), "stod-crash-"));
after(() => rmSync(temporary, { recursive: true }));

const opening = `
  import { openStore } from "#sources/store/store.ts";
  const [path, name] = process.argv.slice(1);
  const addresses = { range: "240.240.0.0/16", quarantine: { ms: 1000 } };
  const store = openStore(path, { now: () => new Date(), maxRevisions: 50, addresses });
  const key = (name) => ({ kind: "Thing", namespace: "shop", name });
  const body = (n) => ({ text: "n: " + n + " ".repeat(n % 9000), json: { n }, file: undefined, line: 1 });
  const author = { who: name, what: "a test" };`;

function start(script: string, ...args: readonly string[]): ChildProcess {
  const command = ["--input-type=module-typescript", "-e", opening + script, ...args];
  return spawn(process.execPath, command, { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] });
}

function open(path: string) {
  const addresses = { range: "240.240.0.0/16", quarantine: seconds(1) };
  return openStore(path, { now: () => new Date(), maxRevisions: 50, addresses });
}

test("a store whose program is killed while it writes has every acknowledged write, and none by half", async () => {
  const path = join(temporary, "killed.db");
  const script = `
    for (let n = store.history.revision + 1; ; n++) {
      const edits = ["a", "b", "c"].map((name) => ({ ...key(name), do: "put", body: body(n) }));
      const { revision } = store.write(edits, author);
      store.registry.put({ ...key("r"), json: { n }, owner: "agent" });
      store.addresses.allocate(["host-" + n]);
      process.stdout.write(revision + "\\n");
    }`;
  let before = 0;
  for (let round = 0; round < 6; round++) {
    const child = start(script, path, "writer");
    let acknowledged = 0;
    const enough = before + 5 + Math.floor(Math.random() * 40);
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      acknowledged = Number(line);
      if (acknowledged === enough) child.kill("SIGKILL");
    }
    const store = open(path);
    const { revision } = store.history;
    assert.ok(revision >= acknowledged && acknowledged >= enough, `${revision}, ${acknowledged} of ${enough}`);
    const numbers = store.list().map(({ json }) => (json as { n: number }).n);
    assert.deepEqual(numbers, [revision, revision, revision]);
    assert.equal(store.history.of({ kind: "Thing", namespace: "shop", name: "b" })[0]?.revision, revision);
    assert.ok(store.addresses.list().has(`host-${acknowledged}`));
    const [registered] = store.registry.list() as unknown as [{ json: { n: number } }];
    assert.ok(registered.json.n >= acknowledged);
    store.close();
    before = revision;
  }
});

test("two programs that count up one object together lose no step", async () => {
  const path = join(temporary, "shared.db");
  const steps = 60;
  const script = `
    for (let done = 0; done < ${steps}; ) {
      const has = store.get(key("counter"));
      const result = store.put(key("counter"), body((has?.json.n ?? 0) + 1), author, has?.version ?? "absent");
      if (result.at === "written") done++;
    }
    store.addresses.allocate(Array.from({ length: 200 }, (_, n) => "host-" + n));
    store.close();`;
  const programs = [start(script, path, "one"), start(script, path, "two")];
  const codes = await Promise.all(programs.map((child) => once(child, "exit")));
  assert.deepEqual(codes, [
    [0, null],
    [0, null],
  ]);
  const store = open(path);
  const counter = store.get({ kind: "Thing", namespace: "shop", name: "counter" });
  assert.deepEqual([counter?.json, counter?.version], [{ n: 2 * steps }, 2 * steps]);
  assert.equal(new Set(store.addresses.list().values()).size, 200);
  store.close();
});
