import { check } from "#features/fault/check.ts";
import type { Fault } from "#features/fault/fault.ts";
import { fromVirtualService } from "#features/fault/from-virtual-service.ts";
import { filter, toEnvoy } from "#features/fault/to-envoy.ts";
import type { RouteFeature } from "#features/route-feature.ts";

export const fault: RouteFeature<Fault> = { fromVirtualService, toEnvoy, check, filter };
