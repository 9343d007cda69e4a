import type { Labels } from "#model/labels.ts";

/**
 * A part of the mesh that several proxies see alike, so that what it comes to is derived and encoded once for all of
 * them: the way out of a namespace's sidecars, or of a gateway.
 */
export interface OutboundScope {
  readonly key: string;
  readonly kind: "sidecar" | "gateway";
  readonly namespace: string;
  /** Labels that routes tell callers apart by (`sourceLabels`); all of them for a gateway. */
  readonly labels: Labels;
  readonly vhds: boolean;
  /** The place of a proxy that nothing is captured for: its listeners are its own, so it shares the scope with nobody. */
  readonly explicit: number | undefined;
}

/** The way in to the replicas of one workload. */
export interface InboundScope {
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  /** As in {@link OutboundScope}. */
  readonly explicit: number | undefined;
}
