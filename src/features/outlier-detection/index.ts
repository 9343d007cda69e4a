import type { ClusterFeature } from "#features/cluster-feature.ts";
import { check } from "#features/outlier-detection/check.ts";
import { fromTrafficPolicy } from "#features/outlier-detection/from-traffic-policy.ts";
import type { OutlierDetection } from "#features/outlier-detection/policy.ts";
import { toEnvoy } from "#features/outlier-detection/to-envoy.ts";

export const outlierDetection: ClusterFeature<OutlierDetection> = { fromTrafficPolicy, toEnvoy, check };
