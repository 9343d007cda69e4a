import { type DecodeOptions, decodeDocuments, type FileDecoding } from "#api/decode.ts";
import type { MeshObject } from "#api/object.ts";
import { sortedBy } from "#base/order.ts";
import { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { Claims, idOf, type ObjectChanges, type ObjectId } from "./files-claims.ts";
import { inAnotherFile, unreadableFile } from "./files-findings.ts";
import type { FileContent } from "./files-read.ts";

/** What reading a file anew would lead to. */
export interface Reading {
  readonly path: string;
  readonly content: FileContent;
  readonly decoding: FileDecoding | undefined;
  /** The good objects of the file, the kept ones of refused documents among them. */
  readonly objects: ReadonlyMap<ObjectId, MeshObject>;
  /** Whether the text, or a part of it, cannot be read. */
  readonly broken: boolean;
  /** Whether it is broken or takes objects away: a file that is just being written looks like this. */
  readonly doubtful: boolean;
}

interface KnownFile {
  readonly decoding: FileDecoding | undefined;
  readonly objects: ReadonlyMap<ObjectId, MeshObject>;
  readonly findings: readonly Finding[];
}

/** The objects of a number of files: what is in force, and what is to be said about them. */
export class FileObjects {
  readonly #options: (path: string) => DecodeOptions;
  readonly #files = new Map<string, KnownFile>();
  readonly #claims = new Claims();

  constructor(optionsOf: (path: string) => DecodeOptions) {
    this.#options = optionsOf;
  }

  get paths(): Iterable<string> {
    return this.#files.keys();
  }

  /** Reads a file's content, and changes nothing yet. */
  read(path: string, content: FileContent): Reading {
    const before = this.#files.get(path);
    if (content.is === "gone") {
      return { path, content, decoding: undefined, objects: new Map(), broken: false, doubtful: before !== undefined };
    }
    if (content.is === "unreadable") {
      return {
        path,
        content,
        decoding: before?.decoding,
        objects: before?.objects ?? new Map(),
        broken: true,
        doubtful: true,
      };
    }
    const decoding = decodeDocuments(content.text, this.#options(path), before?.decoding);
    const objects = new Map<ObjectId, MeshObject>();
    let lost = false;
    for (const decoded of decoding.documents) {
      if (decoded.is === "object") objects.set(idOf(decoded.object), decoded.object);
      else if (decoded.ref === undefined) lost = true;
      else keep(idOf({ kind: decoded.ref.kind, key: `${decoded.ref.namespace}/${decoded.ref.name}` }));
    }
    // A document that nobody can read may be any of those that are not there any more.
    if (lost) for (const id of before?.objects.keys() ?? []) keep(id);
    const gone = [...(before?.objects.keys() ?? [])].some((id) => !objects.has(id));
    return { path, content, decoding, objects, broken: lost, doubtful: lost || gone };

    function keep(id: ObjectId): void {
      const good = before?.objects.get(id);
      if (good !== undefined && !objects.has(id)) objects.set(id, good);
    }
  }

  /** Whether all that a reading takes away is in other files, too, and nothing in it is broken. */
  losesNothing({ path, objects, broken }: Reading): boolean {
    if (broken) return false;
    const before = [...(this.#files.get(path)?.objects.keys() ?? [])];
    return before.every((id) => objects.has(id) || this.#claims.count(id) > 1);
  }

  /** Believes a reading. */
  accept({ path, content, decoding, objects }: Reading): void {
    for (const id of this.#files.get(path)?.objects.keys() ?? []) {
      if (!objects.has(id)) this.#claims.letGo(path, id);
    }
    for (const object of objects.values()) this.#claims.claim(path, object);
    if (content.is === "gone") {
      this.#files.delete(path);
      return;
    }
    const at = { file: this.#options(path).file ?? path, line: undefined };
    const findings = content.is === "unreadable" ? [unreadableFile({ at, ...content })] : (decoding?.findings ?? []);
    this.#files.set(path, { decoding, objects, findings });
  }

  /** What is different in force since the last call. */
  changes(): ObjectChanges {
    return this.#claims.changes();
  }

  /** All that is to be said now, in the order of files and lines. */
  findings(): Finding[] {
    const found = [...this.#files.values()].flatMap((file) => file.findings);
    for (const { object, by } of this.#claims.overruled()) {
      const { kind, metadata, origin } = object;
      const at = new FieldPath({ kind, namespace: metadata.namespace, name: metadata.name }, origin);
      found.push(inAnotherFile({ at, file: by.origin.file ?? "", line: by.origin.lineOf("") }));
    }
    return sortedBy(found, ({ file, line }) => `${file} ${String(line ?? 0).padStart(9, "0")}`);
  }
}
