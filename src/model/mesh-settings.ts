/** What holds for the whole mesh. */
export interface MeshSettings {
  readonly key: "mesh";
  readonly trustDomain: string;
  /** Objects in this namespace hold everywhere unless something nearer says otherwise. */
  readonly rootNamespace: string;
  /** What becomes of traffic to a destination that the mesh does not know. */
  readonly outboundTraffic: "allow-any" | "registry-only";
  /** Which requests and connections the proxies log. */
  readonly accessLog: "all" | "errors" | "off";
  /** The range that virtual addresses are given from. */
  readonly virtualAddresses: string;
}

export const defaultMeshSettings: MeshSettings = {
  key: "mesh",
  trustDomain: "cluster.local",
  rootNamespace: "istio-system",
  outboundTraffic: "allow-any",
  accessLog: "errors",
  virtualAddresses: "240.240.0.0/16",
};
