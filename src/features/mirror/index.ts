import { check } from "#features/mirror/check.ts";
import { fromVirtualService } from "#features/mirror/from-virtual-service.ts";
import type { Mirror } from "#features/mirror/mirror.ts";
import { toEnvoy } from "#features/mirror/to-envoy.ts";
import type { RouteFeature } from "#features/route-feature.ts";

export const mirror: RouteFeature<readonly Mirror[]> = { fromVirtualService, toEnvoy, check };
