import { check } from "#features/rewrite/check.ts";
import { fromVirtualService } from "#features/rewrite/from-virtual-service.ts";
import type { Rewrite } from "#features/rewrite/rewrite.ts";
import { toEnvoy } from "#features/rewrite/to-envoy.ts";
import type { RouteFeature } from "#features/route-feature.ts";

export const rewrite: RouteFeature<Rewrite> = { fromVirtualService, toEnvoy, check };
