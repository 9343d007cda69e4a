import type { ShownObject } from "#apps/cli/api-client.ts";
import type { MeshFile, ServiceEntry } from "#apps/up/mesh-file/mesh-file.ts";

/** The Services of a mesh, by `namespace/name`. */
export function servicesOf(mesh: MeshFile): ReadonlyMap<string, ShownObject> {
  const callable = mesh.services.filter(({ ports }) => ports.length > 0);
  return new Map(callable.map((service) => [`${service.namespace}/${service.name}`, serviceObject(service)]));
}

/** A service of `stod.yaml` as the Kubernetes Service that it would be in a cluster. */
function serviceObject({ name, namespace, ports }: ServiceEntry): ShownObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      selector: { app: name },
      ports: ports.map(({ name: portName, port, targetPort, protocol }) => ({
        name: portName,
        port,
        targetPort,
        protocol: "TCP",
        ...(protocol === "" ? {} : { appProtocol: protocol }),
      })),
    },
  };
}
