import type { Store } from "#sources/store/store.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";
import type { Directory } from "./directory.ts";
import type { FindingBook } from "./finding-book.ts";
import type { NameFeed } from "./names.ts";
import type { ObjectBook } from "./object-book.ts";
import type { Publisher } from "./publisher.ts";
import type { Settler } from "./settler.ts";

/** What a running control plane is made of, for those who answer for it. */
export interface ControlPlaneParts {
  readonly version: string;
  readonly mesh: MeshGraph;
  readonly book: ObjectBook;
  readonly store: Store;
  readonly settler: Settler;
  readonly publisher: Publisher;
  readonly directory: Directory;
  readonly findings: FindingBook;
  readonly names: NameFeed;
}
