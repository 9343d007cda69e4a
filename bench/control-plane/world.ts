/** How large a mesh is to be. */
export interface Size {
  readonly services: number;
  readonly endpointsPerService: number;
  readonly proxies: number;
}

export const namespace = "bench";

export function serviceName(service: number): string {
  return `svc-${String(service).padStart(4, "0")}`;
}

export function workloadName(service: number, endpoint: number): string {
  return `${serviceName(service)}-${endpoint}`;
}

/** The address of an endpoint; each has one of its own. */
export function addressOf(service: number, endpoint: number): string {
  const number = service * 256 + endpoint + 1;
  return `10.${64 + (number >>> 16)}.${(number >>> 8) & 255}.${number & 255}`;
}

/** A Service as `stod up` registers it. */
export function serviceObject(service: number): object {
  const name = serviceName(service);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
  };
}

/** A WorkloadEntry as an agent registers it. */
export function workloadObject(service: number, endpoint: number): object {
  const app = serviceName(service);
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: { name: workloadName(service, endpoint), namespace },
    spec: {
      address: addressOf(service, endpoint),
      labels: { app, version: "v1", "security.istio.io/tlsMode": "istio" },
      serviceAccount: "default",
      locality: "region-1/zone-1",
    },
  };
}

/** A route of the first service that can be told from others by its name. */
export function routeObject(marker: string, weight: number): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: route, namespace: ${namespace} }
spec:
  hosts: [${serviceName(0)}]
  http:
    - name: ${marker}
      route:
        - { destination: { host: ${serviceName(0)} }, weight: ${weight} }
        - { destination: { host: ${serviceName(1)} }, weight: ${100 - weight} }
`;
}
