import type { TypeUrl } from "./resource.ts";

/** The resource types whose order on a stream matters. */
export const clusterType: TypeUrl = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
export const endpointsType: TypeUrl = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
export const listenerType: TypeUrl = "type.googleapis.com/envoy.config.listener.v3.Listener";
export const scopedRoutesType: TypeUrl = "type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration";
export const routesType: TypeUrl = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
export const virtualHostType: TypeUrl = "type.googleapis.com/envoy.config.route.v3.VirtualHost";
export const secretType: TypeUrl = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

/** The route configuration that a virtual host's resource name is under: `80` for `80/reviews.shop`, as in Envoy. */
export function routeConfigurationOf(virtualHostName: string): string {
  const slash = virtualHostName.lastIndexOf("/");
  return slash === -1 ? "" : virtualHostName.slice(0, slash);
}
