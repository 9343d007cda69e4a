/** Objects in YAML, as a user writes them, for tests of the control plane. */

export function service(name: string, port = "{ name: http, port: 80, targetPort: 9080 }", more = ""): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { app: ${name} }
  ports: [${port}]
${more}---
`;
}

export function rule(name: string, subsets: readonly string[]): string {
  return `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${name}, namespace: shop }
spec:
  host: ${name}
  subsets: [${subsets.map((subset) => `{ name: ${subset}, labels: { version: ${subset} } }`).join(", ")}]
---
`;
}

export function routing(name: string, to: string, hosts = name): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: shop }
spec:
  hosts: [${hosts}]
  http: [{ route: [{ destination: ${to} }] }]
---
`;
}

/** What an agent registers of an instance. */
export function workloadEntry(name: string, address: string, labels: Readonly<Record<string, string>> = {}) {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: { name, namespace: "shop" },
    spec: { address, labels },
  };
}
