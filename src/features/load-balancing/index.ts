import type { ClusterFeature } from "#features/cluster-feature.ts";
import { check } from "#features/load-balancing/check.ts";
import { fromTrafficPolicy } from "#features/load-balancing/from-traffic-policy.ts";
import type { LoadBalancing } from "#features/load-balancing/policy.ts";
import { toEnvoy, toTcpProxy } from "#features/load-balancing/to-envoy.ts";

export const loadBalancing: ClusterFeature<LoadBalancing> = { fromTrafficPolicy, toEnvoy, toTcpProxy, check };
