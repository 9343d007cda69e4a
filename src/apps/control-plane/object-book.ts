import type { MeshObject } from "#api/object.ts";
import type { Inputs } from "#translate/inputs.ts";

/** Where an object was written; the earlier one in this list counts where two have the same. */
export const sources = ["files", "store", "registry"] as const;
export type Source = (typeof sources)[number];

/** Kinds that the mesh is derived from; objects of others are kept, and shown, and that is all. */
const inputKinds: ReadonlySet<string> = new Set([
  "Service",
  "ServiceEntry",
  "WorkloadEntry",
  "VirtualService",
  "DestinationRule",
  "Gateway",
  "PeerAuthentication",
]);

interface ObjectInput {
  set(object: MeshObject): void;
  delete(key: string): void;
}

/** All objects of the mesh, from every source, and which of them are in force. */
export class ObjectBook {
  readonly #inputs: Inputs;
  readonly #entries = new Map<string, Map<Source, MeshObject>>();

  constructor(inputs: Inputs) {
    this.#inputs = inputs;
  }

  set(source: Source, object: MeshObject): void {
    const id = idOf(object.kind, object.key);
    const entry = this.#entries.get(id) ?? new Map<Source, MeshObject>();
    this.#entries.set(id, entry.set(source, object));
    this.#enforce(object.kind, object.key);
  }

  delete(source: Source, kind: string, key: string): void {
    const id = idOf(kind, key);
    const entry = this.#entries.get(id);
    if (entry === undefined || !entry.delete(source)) return;
    if (entry.size === 0) this.#entries.delete(id);
    this.#enforce(kind, key);
  }

  /** The object that is in force, and where it is from. */
  get(kind: string, key: string): { readonly object: MeshObject; readonly source: Source } | undefined {
    const entry = this.#entries.get(idOf(kind, key));
    for (const source of sources) {
      const object = entry?.get(source);
      if (object !== undefined) return { object, source };
    }
    return undefined;
  }

  /** The objects in force that match what is given, in order. */
  list(only: { kind?: string; namespace?: string; name?: string } = {}): MeshObject[] {
    const found: MeshObject[] = [];
    for (const id of [...this.#entries.keys()].sort()) {
      const entry = this.#entries.get(id);
      const object = sources.map((source) => entry?.get(source)).find((candidate) => candidate !== undefined);
      if (object !== undefined && matches(object, only)) found.push(object);
    }
    return found;
  }

  #enforce(kind: string, key: string): void {
    if (!inputKinds.has(kind)) return;
    const input = this.#inputs[kind as keyof Inputs] as unknown as ObjectInput;
    const found = this.get(kind, key);
    if (found === undefined) input.delete(key);
    else input.set(found.object);
  }
}

function idOf(kind: string, key: string): string {
  return `${kind} ${key}`;
}

function matches({ kind, metadata }: MeshObject, only: { kind?: string; namespace?: string; name?: string }): boolean {
  return (
    (only.kind === undefined || kind === only.kind) &&
    (only.namespace === undefined || metadata.namespace === only.namespace) &&
    (only.name === undefined || metadata.name === only.name)
  );
}
