import type {
  HTTPRouteDestination,
  Destination as IstioDestination,
} from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { Destination, WeightedDestination } from "#features/destination/destination.ts";
import { headerChanges } from "#features/headers/from-virtual-service.ts";
import type { RouteSource } from "#features/route-feature.ts";

/** @reads networking.istio.io/v1 VirtualService spec.http[].route[].destination */
export function destinationOf(destination: IstioDestination, source: RouteSource): Destination {
  return {
    host: source.resolveHost(destination.host),
    subset: destination.subset || undefined,
    port: destination.port?.number || undefined,
  };
}

/**
 * Where a route's requests go, and in which shares. A destination of weight 0 gets none and is left out, unless it is
 * the only one, whose weight does not matter.
 *
 * @reads networking.istio.io/v1 VirtualService spec.http[].route
 */
export function destinationsOf(
  route: readonly HTTPRouteDestination[],
  source: RouteSource,
): readonly WeightedDestination[] {
  return route
    .filter(({ destination, weight }) => destination !== undefined && (route.length === 1 || weight > 0))
    .map(({ destination, weight, headers }) => ({
      destination: destinationOf(destination as IstioDestination, source),
      weight: route.length === 1 ? 1 : weight,
      headers: headers && headerChanges(headers),
    }));
}
