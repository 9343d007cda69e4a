import type { Labels } from "#model/labels.ts";

/** A proxy, as its node tells (and its identity proves). */
export interface ConnectedProxy {
  /** `name.namespace`. */
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly kind: "sidecar" | "gateway";
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly addresses: readonly string[];
  readonly locality: string | undefined;
  /** It takes virtual hosts one by one; else they come inside their route configuration. */
  readonly vhds: boolean;
}
