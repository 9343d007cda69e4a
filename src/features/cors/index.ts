import { check } from "#features/cors/check.ts";
import type { Cors } from "#features/cors/cors.ts";
import { fromVirtualService } from "#features/cors/from-virtual-service.ts";
import { filter, toEnvoy } from "#features/cors/to-envoy.ts";
import type { RouteFeature } from "#features/route-feature.ts";

export const cors: RouteFeature<Cors> = { fromVirtualService, toEnvoy, check, filter };
