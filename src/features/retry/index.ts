import { check } from "#features/retry/check.ts";
import { fromVirtualService } from "#features/retry/from-virtual-service.ts";
import type { RetryPolicy } from "#features/retry/policy.ts";
import { toEnvoy } from "#features/retry/to-envoy.ts";
import type { RouteFeature } from "#features/route-feature.ts";

export const retry: RouteFeature<RetryPolicy> = { fromVirtualService, toEnvoy, check };
