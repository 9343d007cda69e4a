/** "stod" in ASCII: how the store's file is told from other programs' databases. */
export const applicationId = 0x73746f64;

/**
 * What brings the tables from each version to the next; a file's version is the number of those it has seen.
 * A line that was released is never changed: add one.
 */
export const migrations: readonly string[] = [
  `
  -- One row: the newest revision, and the newest of those whose history has been dropped.
  CREATE TABLE state (revision INTEGER NOT NULL, forgotten INTEGER NOT NULL);
  INSERT INTO state VALUES (0, 0);

  -- What users applied, as it is now. "version" is the revision that wrote it last.
  CREATE TABLE objects (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    text TEXT NOT NULL, json TEXT NOT NULL, file TEXT, line INTEGER NOT NULL,
    created_at INTEGER NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (kind, namespace, name)
  ) STRICT, WITHOUT ROWID;

  -- Each write, and what it did to each object; text and json are null for a deletion.
  CREATE TABLE revisions (
    revision INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL
  ) STRICT;
  CREATE TABLE changes (
    revision INTEGER NOT NULL, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    action TEXT NOT NULL, text TEXT, json TEXT, file TEXT, line INTEGER,
    PRIMARY KEY (revision, kind, namespace, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX changes_of_object ON changes (kind, namespace, name, revision);

  -- What agents registered. "owner" is the agent.
  CREATE TABLE registry (
    kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    json TEXT NOT NULL, owner TEXT NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (kind, namespace, name)
  ) STRICT, WITHOUT ROWID;

  -- Virtual addresses of hosts, as numbers. "freed_at" is null while the host has it.
  CREATE TABLE addresses (
    host TEXT PRIMARY KEY, address INTEGER NOT NULL UNIQUE, freed_at INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
];
