import { cors } from "#features/cors/index.ts";
import { fault } from "#features/fault/index.ts";
import { headers } from "#features/headers/index.ts";
import { mirror } from "#features/mirror/index.ts";
import { retry } from "#features/retry/index.ts";
import { rewrite } from "#features/rewrite/index.ts";
import type { RouteFeature } from "#features/route-feature.ts";
import { timeout } from "#features/timeout/index.ts";

/** The features of an HTTP route, in the order in which Envoy runs their filters. */
export const routeFeatures = { cors, fault, headers, rewrite, timeout, retry, mirror };

type Features = typeof routeFeatures;

/** What a route says about each feature; `undefined` where it says nothing. */
export type RoutePolicies = {
  readonly [Name in keyof Features]: Features[Name] extends RouteFeature<infer Policy> ? Policy | undefined : never;
};
