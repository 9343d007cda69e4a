import { nearestName } from "#api/field-names.ts";
import type { UpInstance } from "#apps/cli/api-client.ts";
import { HostFault } from "#host/host-fault.ts";

/** What a name can be the name of. */
type Named = Pick<UpInstance, "name" | "workload" | "service">;

/**
 * The instances that a name on the command line means: the instance itself, or those of a workload or service, in order.
 *
 * @throws HostFault where it means none
 */
export function instancesCalled<T extends Named>(asked: string, instances: readonly T[]): readonly T[] {
  for (const field of ["name", "workload", "service"] as const) {
    const meant = instances.filter((one) => one[field] === asked);
    if (meant.length > 0) return [...meant].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const names = [...new Set(instances.flatMap(({ name, workload, service }) => [name, workload, service]))];
  const meant = nearestName(asked, names);
  const help =
    meant === undefined
      ? `There are: ${instances.map(({ name }) => name).join(", ") || "none"}.`
      : `Did you mean ${meant}?`;
  throw new HostFault(asked, "no workload is called so", help);
}

/** The first of them, for what can be asked of only one. */
export function instanceCalled<T extends Named>(asked: string, instances: readonly T[]): T {
  return instancesCalled(asked, instances)[0] as T;
}
