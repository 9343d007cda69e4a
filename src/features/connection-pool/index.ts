import type { ClusterFeature } from "#features/cluster-feature.ts";
import { check } from "#features/connection-pool/check.ts";
import { fromTrafficPolicy } from "#features/connection-pool/from-traffic-policy.ts";
import type { ConnectionPool } from "#features/connection-pool/policy.ts";
import { toEnvoy, toTcpProxy } from "#features/connection-pool/to-envoy.ts";

export const connectionPool: ClusterFeature<ConnectionPool> = { fromTrafficPolicy, toEnvoy, toTcpProxy, check };
