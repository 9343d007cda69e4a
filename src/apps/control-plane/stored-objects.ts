import { decodeDocuments, decodeValue } from "#api/decode.ts";
import type { MeshObject } from "#api/object.ts";
import type { Log } from "#base/log.ts";
import type { ObjectKey, StoredObject } from "#sources/store/object.ts";
import type { Registered } from "#sources/store/registry.ts";
import type { Store } from "#sources/store/store.ts";
import { unhealthyAnnotation } from "#translate/mesh/workloads.ts";
import type { ObjectBook } from "./object-book.ts";

/** Puts what the store holds into the book, and keeps it so; `changed` is called after each change. */
export function followStore(store: Store, book: ObjectBook, changed: () => void, log: Log): void {
  const take = (key: ObjectKey, stored: StoredObject | undefined) => {
    const object = stored && storedObject(stored);
    if (object !== undefined) book.set("store", object);
    else if (stored === undefined) book.delete("store", key.kind, `${key.namespace}/${key.name}`);
    else log.warn("a stored object cannot be read any more, and is left out", { ...key });
  };
  const register = (key: ObjectKey, registered: Registered | undefined) => {
    const object = registered && registeredObject(registered);
    if (object !== undefined) book.set("registry", object);
    else book.delete("registry", key.kind, `${key.namespace}/${key.name}`);
  };
  for (const stored of store.list()) take(stored, stored);
  for (const registered of store.registry.list()) register(registered, registered);
  store.watch((changes) => {
    for (const { kind, namespace, name } of changes)
      take({ kind, namespace, name }, store.get({ kind, namespace, name }));
    changed();
  });
  store.registry.watch((key, now) => {
    register(key, now);
    changed();
  });
}

/** A stored object as it was decoded when it was written, and with what the store knows of it. */
function storedObject(stored: StoredObject): MeshObject | undefined {
  const { text, file, line, namespace, createdAt, version } = stored;
  // Its lines are counted as in the file that it came from.
  const padded = "\n".repeat(Math.max(0, line - 1)) + text;
  const { documents } = decodeDocuments(padded, { file, defaultNamespace: namespace, source: "store" });
  const [first] = documents;
  if (first?.is !== "object") return undefined;
  const { object } = first;
  const metadata = {
    ...object.metadata,
    creationTimestamp: object.metadata.creationTimestamp ?? createdAt.toISOString(),
    resourceVersion: String(version),
  };
  return { ...object, metadata };
}

function registeredObject({ json, namespace }: Registered): MeshObject | undefined {
  const { object, healthy } = json as { object: unknown; healthy?: boolean };
  const options = { file: undefined, defaultNamespace: namespace, source: "registry" };
  const [first] = decodeValue(object, options).documents;
  if (first?.is !== "object") return undefined;
  if (healthy !== false) return first.object;
  const { metadata, digest } = first.object;
  const annotations = { ...metadata.annotations, [unhealthyAnnotation]: "true" };
  return { ...first.object, metadata: { ...metadata, annotations }, digest: `${digest} unhealthy` };
}
