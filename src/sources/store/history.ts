import { stableJson } from "#base/stable-json.ts";
import type { Database, Row } from "#sources/store/database.ts";
import type { Author, ObjectBody, ObjectKey } from "#sources/store/object.ts";

/** What one write did to one object. */
export type Change = ObjectKey & { readonly revision: number } & (
    | { readonly action: "created" | "updated"; readonly body: ObjectBody }
    | { readonly action: "deleted" }
  );

/** A change with who made it, and when. */
export type HistoryEntry = Change & Author & { readonly at: Date };

export type ChangesSince =
  | { readonly at: "known"; readonly changes: readonly Change[] }
  /** The history does not reach back that far: read everything afresh. */
  | { readonly at: "forgotten"; readonly since: number };

/** Every write to the objects, up to a number of revisions back. */
export class History {
  readonly #database: Database;
  readonly #maxRevisions: number;

  constructor(database: Database, maxRevisions: number) {
    this.#database = database;
    this.#maxRevisions = maxRevisions;
  }

  /** The newest revision; 0 before the first write. */
  get revision(): number {
    return Number(this.#database.one("SELECT revision FROM state")?.revision);
  }

  /** The changes that are still known of an object, or of all that the given parts of a key fit, newest first. */
  of({ kind, namespace, name }: Partial<ObjectKey>): readonly HistoryEntry[] {
    const sql = `SELECT * FROM changes JOIN revisions USING (revision)
      WHERE kind = coalesce(?, kind) AND namespace = coalesce(?, namespace) AND name = coalesce(?, name)
      ORDER BY revision DESC, kind, namespace, name`;
    return this.#database.all(sql, kind ?? null, namespace ?? null, name ?? null).map((row) => ({
      ...changeOf(row),
      who: String(row.who),
      what: String(row.what),
      at: new Date(Number(row.at)),
    }));
  }

  /** What was written after a revision, oldest first. */
  since(revision: number): ChangesSince {
    const forgotten = Number(this.#database.one("SELECT forgotten FROM state")?.forgotten);
    if (revision < forgotten) return { at: "forgotten", since: forgotten };
    const sql = "SELECT * FROM changes WHERE revision > ? ORDER BY revision, kind, namespace, name";
    return { at: "known", changes: this.#database.all(sql, revision).map(changeOf) };
  }

  /** Enters a write, inside the transaction of the write itself, and drops what is too old. */
  record(changes: readonly Change[], revision: number, { who, what }: Author, at: Date): void {
    const database = this.#database;
    database.run("INSERT INTO revisions VALUES (?, ?, ?, ?)", revision, at.getTime(), who, what);
    for (const change of changes) {
      const { kind, namespace, name, action } = change;
      const { text, json, file, line } = change.action === "deleted" ? nothing : change.body;
      const encoded = change.action === "deleted" ? null : stableJson(json);
      const sql = "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
      database.run(sql, revision, kind, namespace, name, action, text, encoded, file ?? null, line);
    }
    const forgotten = revision - this.#maxRevisions;
    if (forgotten > 0) {
      database.run("DELETE FROM changes WHERE revision <= ?", forgotten);
      database.run("DELETE FROM revisions WHERE revision <= ?", forgotten);
    }
    database.run("UPDATE state SET revision = ?, forgotten = max(forgotten, ?)", revision, forgotten);
  }
}

const nothing = { text: null, json: undefined, file: undefined, line: null };

function changeOf(row: Row): Change {
  const { kind, namespace, name } = keyOf(row);
  const revision = Number(row.revision);
  if (row.action === "deleted") return { kind, namespace, name, revision, action: "deleted" };
  const action = row.action === "created" ? "created" : "updated";
  return { kind, namespace, name, revision, action, body: bodyOf(row) };
}

export function keyOf(row: Row): ObjectKey {
  return { kind: String(row.kind), namespace: String(row.namespace), name: String(row.name) };
}

export function bodyOf(row: Row): ObjectBody {
  return {
    text: String(row.text),
    json: JSON.parse(String(row.json)),
    file: row.file === null ? undefined : String(row.file),
    line: Number(row.line),
  };
}
