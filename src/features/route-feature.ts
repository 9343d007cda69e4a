import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AnySchema } from "@bufbuild/protobuf/wkt";
import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { RouteActionSchema, RouteSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import type { HttpFilterSchema } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import type { ClusterName } from "#envoy/names.ts";
import type { Destination } from "#features/destination/destination.ts";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";

export type AnyInit = MessageInitShape<typeof AnySchema>;
export type HttpFilterInit = MessageInitShape<typeof HttpFilterSchema>;

/** What one feature writes into an Envoy route; the parts of all features are merged. */
export interface RoutePart {
  /** Fields of the route itself: header changes, say. Lists are joined. */
  readonly route?: Partial<Omit<RouteInit, "match" | "action" | "typedPerFilterConfig">>;
  /** Fields of a forwarding route's action; not used where the route redirects or answers by itself. */
  readonly action?: Partial<RouteActionInit>;
  /** Settings of HTTP filters for this route, by the filter's name. */
  readonly filters?: Readonly<Record<string, AnyInit>>;
}

export type RouteInit = Exclude<MessageInitShape<typeof RouteSchema>, { $typeName: string }>;
export type RouteActionInit = Exclude<MessageInitShape<typeof RouteActionSchema>, { $typeName: string }>;

/** How a feature turns the host names of the user's object into the mesh's. */
export interface RouteSource {
  /** The namespace of the object, against which short names are resolved. */
  readonly namespace: string;
  /** The fully qualified host that a name in this object means. */
  resolveHost(host: string): string;
}

/** Where a route leads, as far as its features care. */
export interface RouteTarget {
  clusterOf(destination: Destination): ClusterName;
}

/**
 * A feature of an HTTP route: the user's words in, Envoy's words out, and what we warn about.
 *
 * @typeParam Policy what the feature is to us; `undefined` where the user says nothing
 */
export interface RouteFeature<Policy> {
  fromVirtualService(http: HTTPRoute, source: RouteSource): Policy | undefined;
  toEnvoy(policy: Policy, target: RouteTarget): RoutePart;
  check?(http: HTTPRoute, at: FieldPath, source: RouteSource): Iterable<Finding>;
  /**
   * The HTTP filter that carries the feature out. It is in every chain but disabled, so that it costs nothing until
   * a route's part switches it on, and switching it on changes no listener.
   */
  readonly filter?: HttpFilterInit;
}
