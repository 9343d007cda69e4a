import type { ClusterFeature } from "#features/cluster-feature.ts";

/** The features of an upstream cluster; where two write one field, the later one counts. */
export const clusterFeatures = {} satisfies Record<string, ClusterFeature<never>>;
