import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { checkDestinations } from "#features/destination/check.ts";
import { checkDirectResponse } from "#features/direct-response/check.ts";
import { checkMatch } from "#features/match/check.ts";
import { checkOrder } from "#features/match/check-order.ts";
import { checkRedirect } from "#features/redirect/check.ts";
import type { RouteFeature, RouteSource } from "#features/route-feature.ts";
import { routeFeatures } from "#features/route-features.ts";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";

/**
 * All that there is to say about the HTTP routes of one VirtualService by themselves.
 *
 * @param at  the list of routes
 */
export function* checkRoutes(routes: readonly HTTPRoute[], at: FieldPath, source: RouteSource): Iterable<Finding> {
  for (const [nth, http] of routes.entries()) {
    const here = at.index(nth);
    yield* checkMatch(http, here);
    yield* checkDestinations(http, here);
    yield* checkRedirect(http, here);
    yield* checkDirectResponse(http, here);
    for (const feature of Object.values(routeFeatures) as RouteFeature<unknown>[]) {
      yield* feature.check?.(http, here, source) ?? [];
    }
  }
  yield* checkOrder(routes, at);
}
