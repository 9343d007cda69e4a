/** How a cluster's endpoints are called, all of them alike, instead of what each one takes. */
export type ClientTls = { readonly is: "plaintext" } | MeshTls | ServerTls;

/** As sidecars call each other: with the workload's own certificate. */
export interface MeshTls {
  readonly is: "mesh";
  /** `undefined` for the name that sidecars expect. */
  readonly sni: string | undefined;
  /** SPIFFE ids that may answer; empty for those of the service's workloads. */
  readonly identities: readonly string[];
}

/** As any TLS server is called. */
export interface ServerTls {
  readonly is: "server";
  /** `undefined` for the host of each request. */
  readonly sni: string | undefined;
  /** How the server has to prove itself. */
  readonly server: ServerProof;
  /** What the proxy proves itself with; `undefined` where the server does not ask. */
  readonly own: { readonly certificate: string; readonly key: string } | undefined;
}

/** Paths of PEM files, as the proxy sees them. */
export type ServerProof =
  | { readonly is: "none" }
  | {
      readonly is: "certificate";
      /** `undefined` for the roots that the proxy's machine trusts. */
      readonly roots: string | undefined;
      readonly revoked: string | undefined;
      /** Any of these names; empty for that of the host which is called. */
      readonly names: readonly string[];
    };
