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

/** Envoy adds the weights of a route up in 32 bits; each may be rounded up by one. */
const mostWeight = 4_294_000_000;

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
  const taken = route.filter(
    ({ destination, weight }) => destination !== undefined && (route.length === 1 || weight > 0),
  );
  const sum = taken.reduce((sum, { weight }) => sum + weight, 0);
  const scale = Math.min(1, mostWeight / sum);
  return taken.map(({ destination, weight, headers }) => ({
    destination: destinationOf(destination as IstioDestination, source),
    weight: route.length === 1 ? 1 : Math.max(1, Math.floor(weight * scale)),
    headers: headers && headerChanges(headers),
  }));
}
