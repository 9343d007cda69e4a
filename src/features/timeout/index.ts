import type { Duration } from "#base/duration.ts";
import type { RouteFeature } from "#features/route-feature.ts";
import { fromVirtualService } from "#features/timeout/from-virtual-service.ts";
import { toEnvoy } from "#features/timeout/to-envoy.ts";

export const timeout: RouteFeature<Duration> = { fromVirtualService, toEnvoy };
