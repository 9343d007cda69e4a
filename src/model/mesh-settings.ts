/** What holds for the whole mesh. */
export interface MeshSettings {
  readonly key: "mesh";
  readonly trustDomain: string;
  /** Objects in this namespace hold everywhere unless something nearer says otherwise. */
  readonly rootNamespace: string;
  /** What becomes of traffic to a destination that the mesh does not know. */
  readonly outboundTraffic: "allow-any" | "registry-only";
}

export const defaultMeshSettings: MeshSettings = {
  key: "mesh",
  trustDomain: "cluster.local",
  rootNamespace: "istio-system",
  outboundTraffic: "allow-any",
};
