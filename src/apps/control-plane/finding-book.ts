import { type Finding, finding } from "#findings/finding.ts";
import { MissingSubset } from "#translate/mesh/routings.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";
import { shortName } from "./api/proxies.ts";
import { ingredient } from "./api/rollouts.ts";
import type { Directory } from "./directory.ts";
import type { Publisher } from "./publisher.ts";

const refusedByProxy = finding({
  code: "STOD0901",
  severity: "error",
  example: {
    proxy: "reviews-v1-0.shop",
    type: "RDS",
    resource: "80",
    madeFrom: "VirtualService shop/reviews",
    envoySays: "BaseInterval: value must be greater than 0s",
  },
  says: (at: { proxy: string; type: string; resource: string; madeFrom: string; envoySays: string }) =>
    `proxy ${at.proxy} refused ${at.type} ${at.resource}, and keeps the one it had; it was made from ${at.madeFrom || "no object"}; Envoy says: ${at.envoySays}`,
  help: "Change the object that Envoy's words are about; if they are about none of yours, this is a fault of stod's.",
});

const ownFault = finding({
  code: "STOD0902",
  severity: "error",
  example: { what: "routes", from: "VirtualService shop/reviews", error: "out of range" },
  says: (at: { what: string; from: string; error: string }) =>
    `${at.what} could not be made from ${at.from}, and stays as it was: ${at.error}`,
  help: "This is a fault of stod's own; please report it with the object that it names.",
});

const noFile = { file: "", line: undefined };

/** All that there is to say about the mesh, from wherever it comes. */
export class FindingBook {
  readonly #meshGraph: MeshGraph;
  readonly #directory: Directory;
  readonly #publisher: Publisher;
  readonly #listeners = new Set<() => void>();
  #ofFiles: readonly Finding[] = [];

  constructor(meshGraph: MeshGraph, directory: Directory, publisher: Publisher) {
    this.#meshGraph = meshGraph;
    this.#directory = directory;
    this.#publisher = publisher;
    meshGraph.graph.watch(meshGraph.findings, () => this.changed());
  }

  setOfFiles(findings: readonly Finding[]): void {
    this.#ofFiles = findings;
    this.changed();
  }

  /** Something has happened of which there may be something to say. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** @returns ends it */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What the objects in force come to when they are seen together. */
  mesh(): readonly Finding[] {
    return [...this.#meshGraph.findings.values()].flatMap(({ findings }) => findings);
  }

  all(): readonly Finding[] {
    return [...this.#ofFiles, ...this.mesh(), ...this.#ofProxies(), ...this.#ofStod()];
  }

  #ofProxies(): Finding[] {
    return [...this.#directory.proxies.keys()].flatMap((client) =>
      client.status.flatMap(({ typeUrl, refusedResources }) =>
        refusedResources.map(({ name: resource, message: envoySays }) => {
          const proxy = this.#directory.titleOf(client);
          const madeFrom = this.#publisher.madeFrom(client, typeUrl, resource).map(ingredient).join(", ");
          return refusedByProxy({ at: noFile, proxy, type: shortName(typeUrl), resource, madeFrom, envoySays });
        }),
      ),
    );
  }

  #ofStod(): Finding[] {
    return (
      this.#meshGraph.graph
        .problems()
        // Told as a finding about the object: see translate/mesh/findings.ts.
        .filter(({ error }) => !(error instanceof MissingSubset))
        .map(({ collection, from, inputKey, error }) => {
          const madeFrom = this.#meshGraph.graph.explain(from, inputKey).map(ingredient).join(", ");
          return ownFault({ at: noFile, what: collection, from: madeFrom || inputKey, error: error.message });
        })
    );
  }
}
