import { stableJson } from "#base/stable-json.ts";
import { Addresses, type AddressOptions } from "#sources/store/addresses.ts";
import { Database, type Row } from "#sources/store/database.ts";
import { bodyOf, type Change, History, keyOf } from "#sources/store/history.ts";
import {
  type Author,
  maxObjectBytes,
  type ObjectBody,
  type ObjectKey,
  type StoredObject,
  sizeOf,
} from "#sources/store/object.ts";
import { Registry } from "#sources/store/registry.ts";

/** What a write is to do to one object. */
export type Edit = ObjectKey & {
  /** The version that it must have, or "absent"; `undefined` writes over whatever is there. */
  readonly ifVersion?: number | "absent" | undefined;
} & ({ readonly do: "put"; readonly body: ObjectBody } | { readonly do: "delete" });

/** What became of one object. */
export interface Outcome extends ObjectKey {
  /** "unchanged" for a put of the same text, and for a delete of what is not there. */
  readonly action: "created" | "updated" | "unchanged" | "deleted";
  /** Its version now; `undefined` where it is not there. */
  readonly version: number | undefined;
}

export type WriteResult =
  | { readonly at: "written"; readonly revision: number; readonly outcomes: readonly Outcome[] }
  /** Somebody else was faster with this object; nothing was written. */
  | { readonly at: "conflict"; readonly key: ObjectKey; readonly has: number | "absent" };

export interface StoreOptions {
  readonly now: () => Date;
  /** How many writes back the history reaches. */
  readonly maxRevisions: number;
  readonly addresses: Omit<AddressOptions, "now">;
}

export type OnChange = (changes: readonly Change[], revision: number) => void;

/** What `stod apply` writes and agents register, in one file that outlives the control plane. */
export class Store {
  readonly registry: Registry;
  readonly addresses: Addresses;
  readonly history: History;
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #watchers = new Set<OnChange>();
  readonly #untold: [changes: readonly Change[], revision: number][] = [];

  constructor(database: Database, { now, maxRevisions, addresses }: StoreOptions) {
    this.#database = database;
    this.#now = now;
    this.history = new History(database, maxRevisions);
    this.registry = new Registry(database, now);
    this.addresses = new Addresses(database, { ...addresses, now });
  }

  get({ kind, namespace, name }: ObjectKey): StoredObject | undefined {
    const sql = "SELECT * FROM objects WHERE kind = ? AND namespace = ? AND name = ?";
    const row = this.#database.one(sql, kind, namespace, name);
    return row && objectOf(row);
  }

  /** The objects that match what is given, by kind, namespace and name. */
  list({ kind, namespace, name }: Partial<ObjectKey> = {}): readonly StoredObject[] {
    const sql = `SELECT * FROM objects
      WHERE kind = ifnull(?, kind) AND namespace = ifnull(?, namespace) AND name = ifnull(?, name)
      ORDER BY kind, namespace, name`;
    return this.#database.all(sql, kind ?? null, namespace ?? null, name ?? null).map(objectOf);
  }

  /**
   * Does all edits as one revision, or none of them. Where nothing changes there is no new revision.
   *
   * @throws where one object is edited twice, or is too large
   */
  write(edits: readonly Edit[], author: Author): WriteResult {
    requireSensible(edits);
    const at = this.#now();
    const result = this.#database.transaction(() => this.#writeInside(edits, author, at));
    if (result.at === "conflict") return result;
    const { changes, ...written } = result;
    if (changes.length > 0) this.#tell(changes, written.revision);
    return written;
  }

  put(key: ObjectKey, body: ObjectBody, author: Author, ifVersion?: number | "absent"): WriteResult {
    return this.write([{ ...key, do: "put", body, ifVersion }], author);
  }

  delete(key: ObjectKey, author: Author, ifVersion?: number): WriteResult {
    return this.write([{ ...key, do: "delete", ifVersion }], author);
  }

  /**
   * Tells of each write through this store once it is on disk, a revision at a time and in order. Another process's
   * writes are found with `history.since`.
   *
   * @returns ends it
   */
  watch(onChange: OnChange): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  close(): void {
    this.#watchers.clear();
    this.#database.close();
  }

  /** A watcher may write, too: its write is told of after this one has been told to all. */
  #tell(changes: readonly Change[], revision: number): void {
    this.#untold.push([changes, revision]);
    if (this.#untold.length > 1) return;
    for (let next = this.#untold[0]; next !== undefined; next = this.#untold[0]) {
      try {
        for (const tell of [...this.#watchers]) tell(...next);
      } finally {
        this.#untold.shift();
      }
    }
  }

  #writeInside(
    edits: readonly Edit[],
    author: Author,
    at: Date,
  ): Conflict | (Written & { readonly changes: Change[] }) {
    const before = this.history.revision;
    const outcomes: Outcome[] = [];
    const changes: Change[] = [];
    for (const edit of edits) {
      const old = this.get(edit);
      const has = old?.version ?? "absent";
      // Returned, not thrown: nothing is undone by it, because all are looked at before the first is written.
      if (edit.ifVersion !== undefined && edit.ifVersion !== has) return { at: "conflict", key: keyIn(edit), has };
      const { outcome, change } = plan(edit, old, before + 1);
      outcomes.push(outcome);
      if (change !== undefined) changes.push(change);
    }
    for (const edit of edits) if (edit.do === "put") this.#keepPlace(edit, edit.body);
    if (changes.length === 0) return { at: "written", revision: before, outcomes, changes };
    for (const change of changes) this.#perform(change, at);
    this.history.record(changes, before + 1, author, at);
    return { at: "written", revision: before + 1, outcomes, changes };
  }

  #perform(change: Change, at: Date): void {
    const { kind, namespace, name } = change;
    if (change.action === "deleted") {
      this.#database.run("DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?", kind, namespace, name);
      return;
    }
    const { text, json, file, line } = change.body;
    const sql = `INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET text = excluded.text, json = excluded.json, version = excluded.version`;
    const values = [text, stableJson(json), file ?? null, line, at.getTime(), change.revision];
    this.#database.run(sql, kind, namespace, name, ...values);
  }

  /** A document that only moved within its file is the same object; findings shall still point to its lines. */
  #keepPlace({ kind, namespace, name }: ObjectKey, { file, line }: ObjectBody): void {
    const sql = `UPDATE objects SET file = ?1, line = ?2
      WHERE kind = ?3 AND namespace = ?4 AND name = ?5 AND (file IS NOT ?1 OR line IS NOT ?2)`;
    this.#database.run(sql, file ?? null, line, kind, namespace, name);
  }
}

type Conflict = Extract<WriteResult, { readonly at: "conflict" }>;
type Written = Extract<WriteResult, { readonly at: "written" }>;

/** What an edit comes to, given what is there. */
function plan(edit: Edit, old: StoredObject | undefined, revision: number): { outcome: Outcome; change?: Change } {
  const key = keyIn(edit);
  if (edit.do === "delete") {
    if (old === undefined) return { outcome: { ...key, action: "unchanged", version: undefined } };
    return {
      outcome: { ...key, action: "deleted", version: undefined },
      change: { ...key, revision, action: "deleted" },
    };
  }
  const { body } = edit;
  if (old?.text === body.text && stableJson(old.json) === stableJson(body.json)) {
    return { outcome: { ...key, action: "unchanged", version: old.version } };
  }
  const action = old === undefined ? "created" : "updated";
  return { outcome: { ...key, action, version: revision }, change: { ...key, revision, action, body } };
}

function keyIn({ kind, namespace, name }: ObjectKey): ObjectKey {
  return { kind, namespace, name };
}

function objectOf(row: Row): StoredObject {
  const createdAt = new Date(Number(row.created_at));
  return { ...keyOf(row), ...bodyOf(row), version: Number(row.version), createdAt };
}

function requireSensible(edits: readonly Edit[]): void {
  const seen = new Set<string>();
  for (const edit of edits) {
    const called = `${edit.kind} ${edit.namespace}/${edit.name}`;
    if (seen.has(called)) throw new Error(`${called} is written twice at once`);
    seen.add(called);
    if (edit.do === "delete") continue;
    const bytes = sizeOf(edit.body);
    if (bytes > maxObjectBytes) throw new Error(`${called} has ${bytes} bytes, more than ${maxObjectBytes}`);
  }
}

/**
 * Opens the store in a file, or makes it.
 *
 * @throws StateFault for a file that is corrupt, another program's, a newer stod's or open to others; it is left as it is
 */
export function openStore(path: string, options: StoreOptions): Store {
  const database = Database.open(path);
  try {
    return new Store(database, options);
  } catch (cause) {
    database.close();
    throw cause;
  }
}
