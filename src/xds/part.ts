import type { IdSet } from "./id-set.ts";
import type { EncodedResource } from "./resource.ts";
import { concat, entryOf } from "./wire-writer.ts";

/** Which of the two protocols bytes are for. */
export type Form = "delta" | "sotw";

/** Some resources of a layer, put together for the wire. */
export interface Part {
  readonly resources: readonly EncodedResource[];
  /** Their entries, one behind the other. */
  readonly bytes: Uint8Array;
}

interface Recent {
  readonly ids: IdSet;
  readonly form: Form;
  /** Weak: the streams that are writing the bytes keep them, and when they are done nobody needs to. */
  readonly part: WeakRef<Part>;
}

const keptAtMost = 16;

export function partOf(resources: readonly EncodedResource[], form: Form): Part {
  return { resources, bytes: concat(resources.map((resource) => entryOf(resource)[form])) };
}

/** The parts that were asked for last, so that clients that need the same resources at a time share their bytes. */
export class RecentParts {
  #recent: Recent[] = [];

  get(ids: IdSet, form: Form, resourceOf: (id: number) => EncodedResource): Part {
    for (const recent of this.#recent) {
      if (recent.form !== form || !recent.ids.equals(ids)) continue;
      const part = recent.part.deref();
      if (part !== undefined) return part;
    }
    // By name, whatever the numbers are: the same resources are the same bytes on every control plane.
    const resources = Array.from(ids, resourceOf).sort((a, b) => (a.name < b.name ? -1 : 1));
    const part = partOf(resources, form);
    this.#recent = this.#recent.filter((recent) => recent.part.deref() !== undefined).slice(-keptAtMost + 1);
    this.#recent.push({ ids: ids.clone(), form, part: new WeakRef(part) });
    return part;
  }

  /** To be called when a resource changed. */
  forget(): void {
    this.#recent = [];
  }
}
