import { check } from "#features/headers/check.ts";
import { fromVirtualService } from "#features/headers/from-virtual-service.ts";
import type { HeaderChanges } from "#features/headers/header-changes.ts";
import { toEnvoy } from "#features/headers/to-envoy.ts";
import type { RouteFeature } from "#features/route-feature.ts";

export const headers: RouteFeature<HeaderChanges> = { fromVirtualService, toEnvoy, check };
