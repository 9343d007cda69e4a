import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { MeshObject } from "#api/object.ts";
import { createLog } from "#base/log.ts";
import type { Finding } from "#findings/finding.ts";
import { watchDirectory } from "./files.ts";
import { maxFileBytes } from "./files-read.ts";

/** A directory that is watched, and what a consumer of the source believes of it. */
class Watched {
  readonly directory: string;
  readonly objects = new Map<string, MeshObject>();
  /** Every batch, as `+reviews=v1 -ratings`. */
  readonly batches: string[] = [];
  findings: readonly Finding[] = [];
  #heard = () => {};
  #context: TestContext;

  constructor(context: TestContext) {
    this.#context = context;
    this.directory = join(fs.mkdtempSync(join(tmpdir(), "stod-files-")), "mesh");
    fs.mkdirSync(this.directory);
    context.after(() => fs.rmSync(dirname(this.directory), { recursive: true, force: true }));
  }

  async start(): Promise<this> {
    const source = watchDirectory({
      directory: this.directory,
      log: createLog("test", { level: "error" }),
      onObjects: ({ set, deleted }) => {
        for (const object of set) this.objects.set(object.key, object);
        for (const { key } of deleted) this.objects.delete(key);
        const changes = [
          ...set.map((o) => `+${show(o)}`),
          ...deleted.map(({ key }) => `-${key.replace("default/", "")}`),
        ];
        this.batches.push(changes.sort().join(" "));
        this.#heard();
      },
      onFindings: (findings) => {
        this.findings = findings;
        this.#heard();
      },
    });
    this.#context.after(() => source.close());
    await source.ready;
    return this;
  }

  path(file: string): string {
    return join(this.directory, file);
  }

  write(file: string, text: string): void {
    fs.writeFileSync(this.path(file), text);
  }

  /** What is in force, as `ratings=v1 reviews=v2`. */
  get inForce(): string {
    return [...this.objects.values()].map(show).sort().join(" ");
  }

  get codes(): string {
    return this.findings.map(({ code }) => code).join(" ");
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#heard = resolve));
  }

  async becomes(inForce: string): Promise<void> {
    await this.until(() => this.inForce === inForce);
  }
}

function show(object: MeshObject): string {
  return `${object.metadata.name}=${object.metadata.labels.version ?? "none"}`;
}

function service(name: string, version: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, labels: { version: ${version} } }
spec: { ports: [{ port: 80 }] }
`;
}

const options = { timeout: 20_000 };
const broken = "kind: [unclosed\n";

test(
  "what is there at the start is told in one batch before ready, from every file and document",
  options,
  async (t) => {
    const mesh = new Watched(t);
    mesh.write("a.yaml", `${service("a", "v1")}---\n${service("b", "v1")}`);
    fs.mkdirSync(mesh.path("deep/er"), { recursive: true });
    mesh.write("deep/er/c.yml", service("c", "v1"));
    mesh.write("d.json", JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "d" }, spec: {} }));
    mesh.write("notes.txt", service("no", "v1"));
    mesh.write(".hidden.yaml", service("no", "v1"));
    fs.mkdirSync(mesh.path(".git"));
    mesh.write(".git/x.yaml", service("no", "v1"));
    for (const backup of ["a.yaml~", "a.yaml.bak", "#a.yaml#", ".a.yaml.swp", "a.yaml.tmp"]) mesh.write(backup, broken);
    await mesh.start();
    assert.deepEqual(mesh.batches, ["+a=v1 +b=v1 +c=v1 +d=none"]);
    assert.equal(mesh.codes, "");
  },
);

/** Each way to save is given the file and its new text. */
const saves: readonly [editor: string, save: (path: string, text: string) => void][] = [
  ["a plain write", (path, text) => fs.writeFileSync(path, text)],
  [
    "VS Code (emptied, then written)",
    (path, text) => {
      const file = fs.openSync(path, "r+");
      fs.ftruncateSync(file, 0);
      fs.writeSync(file, text, 0);
      fs.closeSync(file);
    },
  ],
  [
    "vim (moved to a backup, then written anew)",
    (path, text) => {
      fs.renameSync(path, `${path}~`);
      fs.writeFileSync(path, text);
      fs.rmSync(`${path}~`);
    },
  ],
  [
    "an atomic save (written beside it, moved over it)",
    (path, text) => {
      fs.writeFileSync(`${path}.tmp`, text);
      fs.renameSync(`${path}.tmp`, path);
    },
  ],
  [
    "sed -i",
    (path, text) => execFileSync("sed", ["-i", `s/version: v1/version: ${/version: (v\d)/.exec(text)?.[1]}/`, path]),
  ],
  [
    "cp",
    (path, text) => {
      fs.writeFileSync(join(dirname(path), ".new"), text);
      execFileSync("cp", [join(dirname(path), ".new"), path]);
    },
  ],
  [
    "removed and written anew",
    (path, text) => {
      fs.rmSync(path);
      fs.writeFileSync(path, text);
    },
  ],
  [
    "line by line",
    (path, text) => {
      fs.writeFileSync(path, "");
      for (const line of text.split(/(?<=\n)/)) fs.appendFileSync(path, line);
    },
  ],
];

for (const [editor, save] of saves) {
  test(`saved by ${editor}: the change comes, and nothing is gone meanwhile`, options, async (t) => {
    const mesh = new Watched(t);
    mesh.write("reviews.yaml", service("reviews", "v1"));
    await mesh.start();
    save(mesh.path("reviews.yaml"), service("reviews", "v2"));
    await mesh.becomes("reviews=v2");
    assert.deepEqual(mesh.batches, ["+reviews=v1", "+reviews=v2"]);
  });
}

test("a slow save, in steps that arrive one by one, takes nothing away in between", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("all.yaml", `${service("a", "v1")}---\n${service("b", "v1")}`);
  await mesh.start();
  mesh.write("all.yaml", "");
  await new Promise((resolve) => setTimeout(resolve, 20));
  mesh.write("all.yaml", service("a", "v2"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  mesh.write("all.yaml", `${service("a", "v2")}---\n${service("b", "v1")}`);
  await mesh.becomes("a=v2 b=v1");
  assert.deepEqual(mesh.batches, ["+a=v1 +b=v1", "+a=v2"]);
});

test("only what differs is told", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("all.yaml", `${service("a", "v1")}---\n${service("b", "v1")}`);
  await mesh.start();
  fs.utimesSync(mesh.path("all.yaml"), new Date(), new Date());
  mesh.write("all.yaml", `${service("a", "v1")}---\n${service("b", "v2")}`);
  await mesh.becomes("a=v1 b=v2");
  assert.deepEqual(mesh.batches, ["+a=v1 +b=v1", "+b=v2"]);
});

test("an object that leaves its file, and a file that goes, are deleted", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("ab.yaml", `${service("a", "v1")}---\n${service("b", "v1")}`);
  mesh.write("c.yaml", service("c", "v1"));
  await mesh.start();
  mesh.write("ab.yaml", service("a", "v1"));
  await mesh.becomes("a=v1 c=v1");
  fs.rmSync(mesh.path("c.yaml"));
  await mesh.becomes("a=v1");
  mesh.write("ab.yaml", "# nothing left\n");
  await mesh.becomes("");
});

test("a file that is renamed, and an object that moves, stay in force all the time", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("old.yaml", service("a", "v1"));
  await mesh.start();
  fs.renameSync(mesh.path("old.yaml"), mesh.path("new.yaml"));
  await mesh.until(() => mesh.objects.get("default/a")?.origin.file?.endsWith("new.yaml") === true);
  assert.equal(
    mesh.batches.some((batch) => batch.includes("-")),
    false,
  );
  await mesh.until(() => mesh.codes === "");
});

test("a refused object keeps its last good version, and the rest of its file applies", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("all.yaml", `${service("a", "v1")}---\n${service("b", "v1")}`);
  await mesh.start();
  mesh.write("all.yaml", `${service("a", "v2").replace("port: 80", "port: 80, prot: 80")}---\n${service("b", "v2")}`);
  await mesh.becomes("a=v1 b=v2");
  await mesh.until(() => mesh.findings.length > 0);
  const [first] = mesh.findings;
  assert.equal(first?.code, "STOD0102");
  assert.equal(first?.line, 4);
  assert.match(first?.file ?? "", /all\.yaml$/);
  mesh.write("all.yaml", `${service("a", "v3")}---\n${service("b", "v2")}`);
  await mesh.becomes("a=v3 b=v2");
  await mesh.until(() => mesh.codes === "");
});

test("a document that is no YAML keeps all objects of its file, and the other documents apply", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("all.yaml", `${service("a", "v1")}---\n${service("b", "v1")}---\n${service("c", "v1")}`);
  await mesh.start();
  mesh.write("all.yaml", `${service("a", "v2")}---\n${broken}---\n${service("c", "v1")}`);
  await mesh.becomes("a=v2 b=v1 c=v1");
  await mesh.until(() => mesh.codes === "STOD0101");
  assert.equal(mesh.findings[0]?.line, 7);
});

const unreadable: readonly [what: string, spoil: (path: string) => void, says: RegExp][] = [
  ["binary", (path) => fs.writeFileSync(path, Buffer.from([0x7f, 0x45, 0, 1, 2])), /not text/],
  ["not UTF-8", (path) => fs.writeFileSync(path, Buffer.from([0x61, 0xff, 0xfe, 0x0a])), /not UTF-8/],
  ["huge", (path) => fs.truncateSync(path, maxFileBytes + 1), /is the most/],
  [
    "a pipe",
    (path) => {
      fs.rmSync(path);
      execFileSync("mkfifo", [path]);
    },
    /no ordinary file/,
  ],
];

for (const [what, spoil, says] of unreadable) {
  test(`a file that becomes ${what} is told, and its objects stay in force`, options, async (t) => {
    const mesh = new Watched(t);
    mesh.write("a.yaml", service("a", "v1"));
    mesh.write("b.yaml", service("b", "v1"));
    await mesh.start();
    spoil(mesh.path("a.yaml"));
    await mesh.until(() => mesh.codes === "STOD0121");
    assert.match(mesh.findings[0]?.says ?? "", says);
    mesh.write("b.yaml", service("b", "v2"));
    await mesh.becomes("a=v1 b=v2");
    fs.rmSync(mesh.path("a.yaml"));
    mesh.write("a.yaml", service("a", "v2"));
    await mesh.becomes("a=v2 b=v2");
    await mesh.until(() => mesh.codes === "");
  });
}

test("a file that may not be read is told with what to do", {
  ...options,
  skip: process.getuid?.() !== 0,
}, async (t) => {
  const mesh = new Watched(t);
  fs.chmodSync(dirname(mesh.directory), 0o755);
  mesh.write("a.yaml", service("a", "v1"));
  fs.chmodSync(mesh.path("a.yaml"), 0o600);
  process.seteuid?.(65534);
  try {
    await mesh.start();
    assert.equal(mesh.codes, "STOD0121");
    assert.match(mesh.findings[0]?.help ?? "", /chmod u\+r/);
  } finally {
    process.seteuid?.(0);
  }
});

test(
  "one object in two files: the first file has it, the finding names both, and the second takes over",
  options,
  async (t) => {
    const mesh = new Watched(t);
    mesh.write("b.yaml", service("a", "v1"));
    mesh.write("c.yaml", service("a", "v2"));
    await mesh.start();
    assert.equal(mesh.inForce, "a=v1", "at the start, the first by name");
    assert.equal(mesh.codes, "STOD0122");
    assert.match(mesh.findings[0]?.file ?? "", /c\.yaml$/);
    assert.match(mesh.findings[0]?.says ?? "", /b\.yaml:1 already/);
    mesh.write("a.yaml", service("a", "v3"));
    await mesh.until(() => mesh.findings.length === 2);
    assert.equal(mesh.inForce, "a=v1", "a newcomer does not take over, whatever its name");
    fs.rmSync(mesh.path("b.yaml"));
    await mesh.becomes("a=v2");
    fs.rmSync(mesh.path("c.yaml"));
    await mesh.becomes("a=v3");
    await mesh.until(() => mesh.codes === "");
  },
);

test("a directory that goes keeps its objects, and what is missing when it is back is deleted", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("a.yaml", service("a", "v1"));
  mesh.write("b.yaml", service("b", "v1"));
  await mesh.start();
  fs.rmSync(mesh.directory, { recursive: true });
  await mesh.until(() => mesh.codes === "STOD0123");
  assert.equal(mesh.inForce, "a=v1 b=v1");
  fs.mkdirSync(mesh.directory);
  mesh.write("a.yaml", service("a", "v2"));
  await mesh.becomes("a=v2");
  await mesh.until(() => mesh.codes === "");
});

test("a directory that is back and empty has no objects any more", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("a.yaml", service("a", "v1"));
  await mesh.start();
  fs.rmSync(mesh.directory, { recursive: true });
  await mesh.until(() => mesh.codes === "STOD0123");
  fs.mkdirSync(mesh.directory);
  await mesh.becomes("");
  await mesh.until(() => mesh.codes === "");
});

test("a directory that is not there yet may come later", options, async (t) => {
  const mesh = new Watched(t);
  fs.rmdirSync(mesh.directory);
  await mesh.start();
  fs.mkdirSync(mesh.directory);
  mesh.write("a.yaml", service("a", "v1"));
  await mesh.becomes("a=v1");
});

test("a directory that comes later within the watched one is watched, too", options, async (t) => {
  const mesh = await new Watched(t).start();
  fs.mkdirSync(mesh.path("x/y"), { recursive: true });
  mesh.write("x/y/a.yaml", service("a", "v1"));
  await mesh.becomes("a=v1");
  mesh.write("x/y/a.yaml", service("a", "v2"));
  await mesh.becomes("a=v2");
  fs.rmSync(mesh.path("x"), { recursive: true });
  await mesh.becomes("");
});

test("a mounted ConfigMap, whose files are links through ..data, changes as a whole", options, async (t) => {
  const mesh = new Watched(t);
  const publish = (revision: string, version: string) => {
    fs.mkdirSync(mesh.path(`..${revision}`));
    for (const name of ["a", "b"]) mesh.write(`..${revision}/${name}.yaml`, service(name, version));
    fs.symlinkSync(`..${revision}`, mesh.path("..data_tmp"));
    fs.renameSync(mesh.path("..data_tmp"), mesh.path("..data"));
  };
  publish("one", "v1");
  for (const name of ["a", "b"]) fs.symlinkSync(`..data/${name}.yaml`, mesh.path(`${name}.yaml`));
  await mesh.start();
  assert.equal(mesh.inForce, "a=v1 b=v1");
  for (const [revision, version, last] of [
    ["two", "v2", "one"],
    ["three", "v3", "two"],
  ] as const) {
    publish(revision, version);
    fs.rmSync(mesh.path(`..${last}`), { recursive: true });
    await mesh.becomes(`a=${version} b=${version}`);
  }
  assert.equal(
    mesh.batches.some((batch) => batch.includes("-")),
    false,
  );
});

test("a file that is a link to one elsewhere changes when that one does", options, async (t) => {
  const mesh = new Watched(t);
  const target = join(dirname(mesh.directory), "target.yaml");
  fs.writeFileSync(target, service("a", "v1"));
  fs.symlinkSync(target, mesh.path("a.yaml"));
  fs.symlinkSync("nowhere.yaml", mesh.path("dangling.yaml"));
  await mesh.start();
  fs.writeFileSync(target, service("a", "v2"));
  await mesh.becomes("a=v2");
});

test("a hundred files written at once all arrive, and each batch is whole", options, async (t) => {
  const mesh = await new Watched(t).start();
  const names = Array.from({ length: 100 }, (_, nth) => `s${String(nth).padStart(3, "0")}`);
  for (const name of names) mesh.write(`${name}.yaml`, service(name, "v1"));
  await mesh.becomes(names.map((name) => `${name}=v1`).join(" "));
  for (const name of names) mesh.write(`${name}.yaml`, service(name, "v2"));
  await mesh.becomes(names.map((name) => `${name}=v2`).join(" "));
});

test("after close, nothing is told any more", options, async (t) => {
  const mesh = new Watched(t);
  mesh.write("a.yaml", service("a", "v1"));
  const told: string[] = [];
  const source = watchDirectory({
    directory: mesh.directory,
    log: createLog("test", { level: "error" }),
    onObjects: () => told.push("objects"),
    onFindings: () => told.push("findings"),
  });
  await source.ready;
  fs.rmSync(mesh.path("a.yaml"));
  await source.close();
  await mesh.start();
  mesh.write("b.yaml", service("b", "v1"));
  await mesh.becomes("b=v1");
  assert.deepEqual(told, ["objects"]);
});
