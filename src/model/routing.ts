import type { WeightedDestination } from "#features/destination/destination.ts";
import type { DirectResponse } from "#features/direct-response/direct-response.ts";
import type { RequestMatch } from "#features/match/request-match.ts";
import type { Redirect } from "#features/redirect/redirect.ts";
import type { RoutePolicies } from "#features/route-features.ts";

/** How requests to some hosts are routed: what a VirtualService says, in our words. */
export interface Routing {
  /** `namespace/name` of the object. */
  readonly key: string;
  readonly namespace: string;
  /** Fully qualified; may be wildcards. */
  readonly hosts: readonly string[];
  /** `mesh`, and `namespace/name` of gateways. */
  readonly gateways: readonly string[];
  /** The first whose match holds takes the request; empty where the object says nothing of HTTP. */
  readonly http: readonly HttpRoute[];
  /** RFC 3339, or empty: of two objects for one host the older counts. */
  readonly createdAt: string;
}

export interface HttpRoute {
  readonly name: string | undefined;
  /** Any of them; empty for every request. */
  readonly matches: readonly RequestMatch[];
  readonly action: RouteAction;
  readonly policies: RoutePolicies;
}

export type RouteAction =
  | { readonly is: "forward"; readonly to: readonly WeightedDestination[] }
  | { readonly is: "redirect"; readonly redirect: Redirect }
  | { readonly is: "respond"; readonly response: DirectResponse };

/** The name by which routings and matches mean the sidecars of the mesh. */
export const meshGateway = "mesh";
