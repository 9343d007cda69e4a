import { delimiter, dirname } from "node:path";
import type { Instance } from "#apps/up/inside/instances.ts";
import type { Place, Places } from "#apps/up/inside/places.ts";
import type { ServiceEntry } from "#apps/up/mesh-file/mesh-file.ts";

/** What of the outer environment an application sees. */
const inherited = ["HOME", "USER", "LANG", "TZ", "TERM"];

/** An instance as the agent takes it. */
export function workloadSpec(
  instance: Instance,
  place: Place,
  places: Places,
  services: readonly ServiceEntry[],
): object {
  const { name, service, workload } = instance;
  return {
    name,
    namespace: service.namespace,
    workload: workload.name,
    service: service.ports.length > 0 ? service.name : undefined,
    version: workload.version || undefined,
    labels: workload.labels,
    serviceAccount: service.serviceAccount,
    address: place.address,
    ...place.surroundings,
    ports: places.portsOf(service),
    kind: service.proxy === "gateway" ? "gateway" : "sidecar",
    sidecar: service.proxy !== "none",
    command: workload.command,
    env: environmentOf(instance, places.environmentOf(instance, place, services)),
    cwd: workload.cwd,
    readiness: workload.readiness,
    locality: workload.locality,
  };
}

function environmentOf(
  { name, service, workload }: Instance,
  ofPlace: Readonly<Record<string, string>>,
): Record<string, string> {
  const known = inherited.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]));
  return {
    ...Object.fromEntries(known),
    // `node` is the one that stod runs on, which takes TypeScript as it is.
    PATH: [dirname(process.execPath), process.env.PATH ?? "/usr/bin:/bin"].join(delimiter),
    STOD_WORKLOAD: name,
    STOD_SERVICE: service.name,
    STOD_VERSION_LABEL: workload.version,
    STOD_NAMESPACE: service.namespace,
    ...ofPlace,
    ...workload.env,
  };
}
