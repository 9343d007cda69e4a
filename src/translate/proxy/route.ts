import { seconds } from "#base/duration.ts";
import { duration } from "#envoy/duration.ts";
import type { ClusterName } from "#envoy/names.ts";
import { toEnvoy as destinationToEnvoy } from "#features/destination/to-envoy.ts";
import { toEnvoy as directResponseToEnvoy } from "#features/direct-response/to-envoy.ts";
import { type CallSite, canMatchAt, type RequestMatch, takesEverything } from "#features/match/request-match.ts";
import { everything, toEnvoy as matchToEnvoy } from "#features/match/to-envoy.ts";
import { toEnvoy as redirectToEnvoy } from "#features/redirect/to-envoy.ts";
import { defaultRetry } from "#features/retry/policy.ts";
import { toEnvoy as retryToEnvoy } from "#features/retry/to-envoy.ts";
import type {
  AnyInit,
  RouteActionInit,
  RouteFeature,
  RouteInit,
  RoutePart,
  RouteTarget,
} from "#features/route-feature.ts";
import { routeFeatures } from "#features/route-features.ts";
import type { HttpRoute } from "#model/routing.ts";

const unlimited = duration(seconds(0));

/**
 * What every forwarding route has unless its policies say otherwise: no time limit but the deadline that a gRPC caller
 * sends, and safe retries.
 */
const forwardingDefaults: RouteActionInit = {
  timeout: unlimited,
  maxStreamDuration: { maxStreamDuration: unlimited, grpcTimeoutHeaderMax: unlimited },
  ...retryToEnvoy(defaultRetry).action,
};

/** The route to a service of which no object says anything. */
export function defaultRoute(cluster: ClusterName): RouteInit {
  return {
    name: "default",
    match: everything,
    action: {
      case: "route",
      value: { ...forwardingDefaults, clusterSpecifier: { case: "cluster", value: cluster } },
    },
  };
}

/**
 * The Envoy routes of a routing at one place where it may be called: one for each match that can hold there, in
 * order, up to the first that takes everything.
 *
 * @writes envoy.config.route.v3.Route
 */
export function routesAt(http: readonly HttpRoute[], site: CallSite, target: RouteTarget): RouteInit[] {
  const routes: RouteInit[] = [];
  for (const route of http) {
    const matches = route.matches.filter((match) => canMatchAt(match.from, site));
    if (route.matches.length > 0 && matches.length === 0) continue;
    const rest = envoyRoute(route, site, target);
    if (route.matches.length === 0) routes.push({ ...rest, match: everything });
    for (const match of matches) routes.push({ ...rest, name: routeName(route, match), match: matchToEnvoy(match) });
    if (route.matches.length === 0 || matches.some(takesEverything)) break;
  }
  return routes;
}

/** As Istio joins them, for logs and for patches that name a route. */
function routeName(route: HttpRoute, match: RequestMatch): string | undefined {
  return [route.name, match.name].filter(Boolean).join(".") || undefined;
}

function envoyRoute(route: HttpRoute, { port }: CallSite, target: RouteTarget): RouteInit {
  const policies = partsOf(route, target);
  const { action } = route;
  const common = { name: route.name, ...policies.route, typedPerFilterConfig: policies.filters };
  switch (action.is) {
    case "redirect":
      return { ...common, action: { case: "redirect", value: redirectToEnvoy(action.redirect, port) } };
    case "respond":
      return { ...common, action: { case: "directResponse", value: directResponseToEnvoy(action.response) } };
    case "forward": {
      const destination = destinationToEnvoy(action.to, target);
      const { route: fields } = joined([policies, destination]);
      const retryOff = route.policies.retry === "off" ? { retryPolicy: undefined } : {};
      const value = { ...forwardingDefaults, ...retryOff, ...destination.action, ...policies.action };
      return { ...common, ...fields, action: { case: "route", value } };
    }
  }
}

interface RouteParts {
  readonly route: Partial<RouteInit>;
  readonly action: RouteActionInit;
  readonly filters: Record<string, AnyInit>;
}

function partsOf({ policies }: HttpRoute, target: RouteTarget): RouteParts {
  const parts: RoutePart[] = [];
  for (const [name, feature] of Object.entries(routeFeatures) as [keyof typeof policies, RouteFeature<unknown>][]) {
    const policy = policies[name];
    if (policy !== undefined) parts.push(feature.toEnvoy(policy, target));
  }
  return joined(parts);
}

/** Lists of fields are joined; of two parts that write one other field, the later counts. */
function joined(parts: readonly RoutePart[]): RouteParts {
  const route: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [field, value] of Object.entries(part.route ?? {})) {
      const before = route[field];
      route[field] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
    }
  }
  return {
    route: route as Partial<RouteInit>,
    action: Object.assign({}, ...parts.map(({ action }) => action ?? {})),
    filters: Object.assign({}, ...parts.map(({ filters }) => filters ?? {})),
  };
}
