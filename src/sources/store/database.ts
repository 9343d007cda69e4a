import { closeSync, constants, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { quoted, requirePrivateFile } from "#base/private-file.ts";
import { StateFault } from "#base/state-fault.ts";
import { applicationId, migrations } from "#sources/store/schema.ts";

export type Row = Readonly<Record<string, string | number | null>>;

/** How long a write waits for one of another process. */
const patienceMs = 10_000;

/** SQLite's result codes that say something of the file, not of us. */
const faults: Readonly<Record<number, string>> = {
  5: "another program has kept it locked for 10 seconds",
  8: "it may not be written",
  10: "it cannot be read or written",
  11: "it is corrupt",
  13: "there is no room left on its disk",
  14: "it cannot be opened",
  26: "it is not a store of stod",
};

/** The SQLite file under the store: statements kept ready, transactions, and faults of the file said as such. */
export class Database {
  readonly path: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(path: string, sqlite: DatabaseSync) {
    this.path = path;
    this.#sqlite = sqlite;
  }

  /**
   * Opens the file, or makes it (0600), and brings its tables up to date.
   *
   * @throws StateFault for a file that cannot be used; it is left as it is
   */
  static open(path: string): Database {
    createFile(path);
    requirePrivateFile(path);
    requireSound(path);
    let sqlite: DatabaseSync | undefined;
    try {
      sqlite = new DatabaseSync(path, { timeout: patienceMs });
      const database = new Database(path, sqlite);
      // FULL: what has been answered with "applied" is still there after a power cut.
      sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
      database.#migrate();
      return database;
    } catch (cause) {
      sqlite?.close();
      throw asFault(path, cause);
    }
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#guarded(() => this.#statement(sql).all(...values) as unknown as readonly Row[]);
  }

  one(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#guarded(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  /** @returns how many rows were changed */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return this.#guarded(() => Number(this.#statement(sql).run(...values).changes));
  }

  /** Does all of the work or, when it throws, none of it. */
  transaction<T>(work: () => T): T {
    this.#guarded(() => this.#sqlite.exec("BEGIN IMMEDIATE"));
    try {
      const result = work();
      this.#guarded(() => this.#sqlite.exec("COMMIT"));
      return result;
    } catch (cause) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec("ROLLBACK");
      throw cause;
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw asFault(this.path, cause);
    }
  }

  #migrate(): void {
    if (this.#version() === migrations.length) return;
    this.transaction(() => {
      // Asked again: another process may have been first.
      const from = this.#version();
      if (from > migrations.length) {
        const help = "Run the newer stod again, or move the file away.";
        throw new StateFault(
          this.path,
          `a newer stod wrote it (version ${from}, and this one knows ${migrations.length})`,
          help,
        );
      }
      for (const migration of migrations.slice(from)) this.#sqlite.exec(migration);
      this.#sqlite.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
    });
  }

  #version(): number {
    return Number(this.one("PRAGMA user_version")?.user_version);
  }
}

/** Looks before anything is opened for writing: closing what was would already fold the side files in, or drop them. */
function requireSound(path: string): void {
  if (statSync(path).size === 0) return;
  let says: string | undefined;
  try {
    const sqlite = new DatabaseSync(path, { readOnly: true, timeout: patienceMs });
    try {
      says = faultIn(sqlite);
    } finally {
      sqlite.close();
    }
  } catch (cause) {
    throw asFault(path, cause);
  }
  if (says !== undefined) throw unusable(path, says);
}

function faultIn(sqlite: DatabaseSync): string | undefined {
  const ask = (sql: string) => Object.values(sqlite.prepare(sql).get() ?? {})[0];
  // In this order: another process may be making the tables just now, and writes its mark with them.
  const tables = ask("SELECT count(*) FROM sqlite_schema");
  if (tables !== 0 && ask("PRAGMA application_id") !== applicationId) {
    return "it is a database of another program";
  }
  const verdict = String(ask("PRAGMA quick_check(1)"));
  return verdict === "ok" ? undefined : `it is corrupt (${verdict.split("\n").join(", ")})`;
}

/** SQLite would make the file with the modes of the umask; its side files take after it. */
function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EISDIR") throw new StateFault(path, "it is a directory", "Move it away; the store is a file there.");
    throw new StateFault(path, `it cannot be opened (${code})`, "Let the user that runs stod read and write it.", {
      cause,
    });
  }
}

function asFault(path: string, cause: unknown): unknown {
  const { code, errcode } = cause as { readonly code?: string; readonly errcode?: number };
  if (code !== "ERR_SQLITE_ERROR" || errcode === undefined) return cause;
  const says = faults[errcode & 0xff];
  if (says === undefined)
    return unusable(path, `it is not a store as this stod knows it (${(cause as Error).message})`, cause);
  const ofContent = [11, 26].includes(errcode & 0xff);
  if (ofContent) return unusable(path, says, cause);
  return new StateFault(path, says, "Mend that and start again; nothing was written.", { cause });
}

/** What to do about content that is beyond us: keep it, all of its files together, and begin anew. */
function unusable(path: string, says: string, cause?: unknown): StateFault {
  const files = [path, `${path}-wal`, `${path}-shm`].filter((file) => existsSync(file) && statSync(file).isFile());
  const aside = quoted(`${path}.broken`);
  const help =
    `Put a backup in its place, or run: mkdir ${aside} && mv ${files.map(quoted).join(" ")} ${aside} ` +
    `(stod then starts with an empty ${basename(path)}: what came by "stod apply" is to be applied again, files of the mesh's directory are not touched)`;
  return new StateFault(path, says, help, { cause });
}
