import type { ControlPlaneParts } from "../parts.ts";
import type { Routes } from "./http.ts";
import { objectRoutes } from "./objects.ts";
import { proxyRoutes } from "./proxies.ts";
import { registryRoutes } from "./registry.ts";
import { statusRoutes } from "./status.ts";

/** The whole HTTP API; docs/api.md describes it. */
export function apiRoutes(parts: ControlPlaneParts): Routes {
  return { ...statusRoutes(parts), ...objectRoutes(parts), ...proxyRoutes(parts), ...registryRoutes(parts) };
}
