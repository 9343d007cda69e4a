import { createHash } from "node:crypto";
import type { MeshFile, ServiceEntry, WorkloadEntry } from "#apps/up/mesh-file/mesh-file.ts";

/** One instance that should run. */
export interface Instance {
  /** `reviews-v1-0`. */
  readonly name: string;
  readonly service: ServiceEntry;
  readonly workload: WorkloadEntry;
  /** Equal where nothing that a running instance would notice has changed. */
  readonly digest: string;
}

/** What scaling by hand says: replicas by workload, over those of the file. */
export type Replicas = ReadonlyMap<string, number>;

/** The instances that a mesh should have, in the order of the file. */
export function instancesOf(mesh: MeshFile, scaled: Replicas): readonly Instance[] {
  return mesh.services.flatMap((service) =>
    service.workloads.flatMap((workload) => {
      const count = scaled.get(workload.name) ?? workload.replicas;
      return Array.from({ length: count }, (_, ordinal) => instance(service, workload, ordinal));
    }),
  );
}

/** The instance of a workload with that number, whether or not the mesh should have so many. */
export function instance(service: ServiceEntry, workload: WorkloadEntry, ordinal: number): Instance {
  // Neither what others wait for nor how many there are changes an instance that runs.
  const { dependsOn: _, workloads: __, publish: ___, ...ofService } = service;
  const { replicas: ____, ...ofWorkload } = workload;
  const digest = createHash("sha1")
    .update(JSON.stringify([ofService, ofWorkload]))
    .digest("base64url");
  return { name: `${workload.name}-${ordinal}`, service, workload, digest };
}

/** What has to be done to come from the instances that there are to those that should be. */
export interface Changes {
  readonly added: readonly Instance[];
  readonly removed: readonly Instance[];
  /** By workload: each list is restarted one after the other. */
  readonly changed: readonly (readonly Instance[])[];
}

export function changesBetween(are: ReadonlyMap<string, Instance>, wanted: readonly Instance[]): Changes {
  const names = new Set(wanted.map(({ name }) => name));
  const changed = wanted.filter(({ name, digest }) => are.has(name) && are.get(name)?.digest !== digest);
  return {
    added: wanted.filter(({ name }) => !are.has(name)),
    removed: [...are.values()].filter(({ name }) => !names.has(name)),
    changed: [...Map.groupBy(changed, ({ workload }) => workload.name).values()],
  };
}
