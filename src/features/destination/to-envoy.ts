import type { WeightedDestination } from "#features/destination/destination.ts";
import { headerFields } from "#features/headers/to-envoy.ts";
import type { RouteActionInit, RoutePart, RouteTarget } from "#features/route-feature.ts";

/**
 * The clusters that a route leads to: one, or several by weight.
 *
 * @writes envoy.config.route.v3.RouteAction.cluster_specifier
 */
export function toEnvoy(destinations: readonly WeightedDestination[], target: RouteTarget): RoutePart {
  const [only] = destinations;
  if (destinations.length === 1 && only !== undefined) {
    const { route, host } = headerFields(only.headers);
    return {
      route,
      action: {
        clusterSpecifier: { case: "cluster", value: target.clusterOf(only.destination) },
        ...hostRewrite(host),
      },
    };
  }
  const clusters = destinations.map(({ destination, weight, headers }) => {
    const { route, host } = headerFields(headers);
    const name: string = target.clusterOf(destination);
    return {
      name,
      weight,
      ...route,
      ...(host === undefined ? {} : { hostRewriteSpecifier: { case: "hostRewriteLiteral" as const, value: host } }),
    };
  });
  return { action: { clusterSpecifier: { case: "weightedClusters", value: { clusters } } } };
}

function hostRewrite(host: string | undefined): Partial<RouteActionInit> {
  return host === undefined ? {} : { hostRewriteSpecifier: { case: "hostRewriteLiteral", value: host } };
}
