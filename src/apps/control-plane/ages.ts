import { readFileSync } from "node:fs";
import type { MeshObject } from "#api/object.ts";
import type { Log } from "#base/log.ts";
import { writePrivateFile } from "#base/private-file.ts";

/**
 * When objects of the watched directory were seen first. Of two that claim one thing the older counts, and a file tells no
 * age that outlives an editor; so that is kept with the state, and what is written later never takes over what works.
 */
export class Ages {
  readonly #path: string;
  readonly #log: Log;
  readonly #seen: Map<string, string>;
  #isSaved = true;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    this.#seen = new Map(Object.entries(this.#read()));
  }

  /** The object with a creation timestamp: its own, or else when it was seen first. @param now  where that is now */
  aged(object: MeshObject, now: Date): MeshObject {
    const { kind, key, metadata } = object;
    if (metadata.creationTimestamp !== undefined) return object;
    const id = `${kind} ${key}`;
    const creationTimestamp = this.#seen.get(id) ?? now.toISOString();
    if (!this.#seen.has(id)) {
      this.#seen.set(id, creationTimestamp);
      this.#isSaved = false;
    }
    return { ...object, metadata: { ...metadata, creationTimestamp } };
  }

  forget(kind: string, key: string): void {
    if (this.#seen.delete(`${kind} ${key}`)) this.#isSaved = false;
  }

  save(): void {
    if (this.#isSaved) return;
    this.#isSaved = true;
    try {
      writePrivateFile(this.#path, JSON.stringify(Object.fromEntries(this.#seen)));
    } catch (error) {
      this.#log.warn("the ages of objects in files cannot be kept", { file: this.#path, error });
    }
  }

  #read(): Record<string, string> {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path, "utf8"));
      if (typeof value !== "object" || value === null) throw new Error("it is no map");
      return value as Record<string, string>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        this.#log.warn("the ages of objects in files are not known any more", { file: this.#path, error });
      }
      return {};
    }
  }
}
