import type { ShownObject } from "#apps/cli/api-client.ts";
import type { Places } from "#apps/up/inside/places.ts";
import type { MeshFile, ServiceEntry } from "#apps/up/mesh-file/mesh-file.ts";

/** The Services of a mesh, by `namespace/name`. */
export function servicesOf(
  mesh: MeshFile,
  places: Pick<Places, "portsOf" | "virtualAddressOf">,
): ReadonlyMap<string, ShownObject> {
  const callable = mesh.services.filter(({ ports }) => ports.length > 0);
  return new Map(callable.map((service) => [`${service.namespace}/${service.name}`, serviceObject(service, places)]));
}

/** A service of `stod.yaml` as the Kubernetes Service that it would be in a cluster. */
function serviceObject(service: ServiceEntry, places: Pick<Places, "portsOf" | "virtualAddressOf">): ShownObject {
  const { name, namespace } = service;
  const clusterIP = places.virtualAddressOf(service);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      selector: { app: name },
      ...(clusterIP && { clusterIP }),
      ports: places.portsOf(service).map(({ name: portName, port, targetPort, protocol }) => ({
        name: portName,
        port,
        targetPort,
        protocol: "TCP",
        ...(protocol === "" ? {} : { appProtocol: protocol }),
      })),
    },
  };
}
