import { check } from "#features/client-tls/check.ts";
import { fromTrafficPolicy } from "#features/client-tls/from-traffic-policy.ts";
import type { ClientTls } from "#features/client-tls/policy.ts";
import { toEnvoy } from "#features/client-tls/to-envoy.ts";
import type { ClusterFeature } from "#features/cluster-feature.ts";

export const clientTls: ClusterFeature<ClientTls> = { fromTrafficPolicy, toEnvoy, check };
