import type { Labels } from "#model/labels.ts";

/** One running instance: a process with an address, and its sidecar if it has one. */
export interface Workload {
  /** `namespace/name`. */
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  /** Where the workload's named ports are, if not where its services say. */
  readonly ports: Readonly<Record<string, number>>;
  /** `region/zone/subzone`, as far as known. */
  readonly locality: string | undefined;
  /** Relative to its neighbours; at least 1. */
  readonly weight: number;
  readonly healthy: boolean;
  /** It has a sidecar, which takes mTLS. */
  readonly sidecar: boolean;
  /** Ports whose server was seen to speak first, so that they cannot carry HTTP. */
  readonly serverFirst: readonly number[];
}
