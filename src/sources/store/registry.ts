import { stableJson } from "#base/stable-json.ts";
import type { Database, Row } from "#sources/store/database.ts";
import { keyOf } from "#sources/store/history.ts";
import type { ObjectKey } from "#sources/store/object.ts";

/** A workload or service that somebody registered. */
export interface Registered extends ObjectKey {
  readonly json: unknown;
  /** Who registered it and answers for it, such as an agent's name. */
  readonly owner: string;
  /** Since when it is registered; a change of it does not count. */
  readonly since: Date;
}

export type Registration = ObjectKey & Pick<Registered, "json" | "owner">;

export type OnRegistryChange = (key: ObjectKey, now: Registered | undefined) => void;

/** What agents and `stod up` register. It has no history: it says what is there, and they say it again when they start. */
export class Registry {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #watchers = new Set<OnRegistryChange>();

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
  }

  list({ kind, owner }: { readonly kind?: string; readonly owner?: string } = {}): readonly Registered[] {
    const sql = `SELECT * FROM registry WHERE kind = ifnull(?, kind) AND owner = ifnull(?, owner)
      ORDER BY kind, namespace, name`;
    return this.#database.all(sql, kind ?? null, owner ?? null).map(registeredOf);
  }

  get({ kind, namespace, name }: ObjectKey): Registered | undefined {
    const sql = "SELECT * FROM registry WHERE kind = ? AND namespace = ? AND name = ?";
    const row = this.#database.one(sql, kind, namespace, name);
    return row && registeredOf(row);
  }

  /** Registers, or says anew what is registered under this key. */
  put({ kind, namespace, name, json, owner }: Registration): "created" | "updated" | "unchanged" {
    const old = this.get({ kind, namespace, name });
    const encoded = stableJson(json);
    if (old?.owner === owner && stableJson(old.json) === encoded) return "unchanged";
    const sql = `INSERT INTO registry VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET json = excluded.json, owner = excluded.owner`;
    this.#database.run(sql, kind, namespace, name, encoded, owner, this.#now().getTime());
    this.#tell({ kind, namespace, name });
    return old === undefined ? "created" : "updated";
  }

  /** @returns whether it was registered */
  delete({ kind, namespace, name }: ObjectKey): boolean {
    const sql = "DELETE FROM registry WHERE kind = ? AND namespace = ? AND name = ?";
    if (this.#database.run(sql, kind, namespace, name) === 0) return false;
    this.#tell({ kind, namespace, name });
    return true;
  }

  /** Takes off all that an owner registered: it is gone for good. */
  deleteOf(owner: string): number {
    const gone = this.list({ owner });
    this.#database.run("DELETE FROM registry WHERE owner = ?", owner);
    for (const { kind, namespace, name } of gone) this.#tell({ kind, namespace, name });
    return gone.length;
  }

  /** Tells of each change through this store once it is on disk. */
  watch(onChange: OnRegistryChange): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  #tell(key: ObjectKey): void {
    const now = this.get(key);
    for (const tell of [...this.#watchers]) tell(key, now);
  }
}

function registeredOf(row: Row): Registered {
  const json = JSON.parse(String(row.json));
  return { ...keyOf(row), json, owner: String(row.owner), since: new Date(Number(row.since)) };
}
