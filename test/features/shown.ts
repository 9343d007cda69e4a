import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type TrafficPolicy, TrafficPolicySchema } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import { type HTTPRoute, HTTPRouteSchema } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { RouteSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { TcpProxySchema } from "#envoy/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { HttpProtocolOptionsSchema } from "#envoy/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import { toEnvoyJson } from "#envoy/json.ts";
import { clusterName } from "#envoy/names.ts";
import type { ClusterFeature, ClusterTarget } from "#features/cluster-feature.ts";
import type { RouteFeature, RouteSource, RouteTarget } from "#features/route-feature.ts";
import { tcpProxyPart } from "#features/tcp-proxy-part.ts";
import { FieldPath, nowhere } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";

/** A route of a VirtualService in namespace `shop`, as a user writes it. */
export function httpRoute(written: JsonValue): HTTPRoute {
  return fromJson(HTTPRouteSchema, written);
}

/** The traffic policy of a DestinationRule, as a user writes it. */
export function trafficPolicy(written: JsonValue): TrafficPolicy {
  return fromJson(TrafficPolicySchema, written);
}

export const shopSource: RouteSource = {
  namespace: "shop",
  resolveHost: (host) => (host.includes(".") ? host : `${host}.shop.svc.cluster.local`),
};

export const port80: RouteTarget = {
  clusterOf: ({ host, subset, port }) => clusterName({ direction: "outbound", port: port ?? 80, subset, host }),
};

export const reviewsTarget: ClusterTarget = {
  host: "reviews.shop.svc.cluster.local",
  carries: "h1",
  balances: true,
  sni: "outbound_.80_._.reviews.shop.svc.cluster.local",
  alpn: ["istio-http/1.1"],
  identities: ["spiffe://cluster.local/ns/shop/sa/reviews"],
  trustDomain: "cluster.local",
  subjectAltNames: [],
};

/** What a feature makes of a policy, as Envoy's JSON; `undefined` where the policy says nothing of it. */
export async function clusterShown<Policy>(
  feature: ClusterFeature<Policy>,
  written: JsonValue,
  target: Partial<ClusterTarget> = {},
): Promise<{ cluster: JsonValue; http: JsonValue } | undefined> {
  const policy = feature.fromTrafficPolicy(trafficPolicy(written));
  if (policy === undefined) return undefined;
  const { cluster, http } = feature.toEnvoy(policy, { ...reviewsTarget, ...target });
  return {
    cluster: await toEnvoyJson(ClusterSchema, create(ClusterSchema, cluster)),
    http: await toEnvoyJson(HttpProtocolOptionsSchema, create(HttpProtocolOptionsSchema, http)),
  };
}

/** What all features make of a policy for the TCP proxy in front of a cluster. */
export async function tcpProxyShown(written: JsonValue): Promise<JsonValue> {
  return toEnvoyJson(TcpProxySchema, create(TcpProxySchema, tcpProxyPart(trafficPolicy(written))));
}

/** What a feature makes of a route: an Envoy route with nothing in it but that. */
export async function routeShown<Policy>(feature: RouteFeature<Policy>, written: JsonValue): Promise<JsonValue> {
  const policy = feature.fromVirtualService(httpRoute(written), shopSource);
  if (policy === undefined) return "nothing said";
  const { route, action, filters } = feature.toEnvoy(policy, port80);
  const message = create(RouteSchema, {
    ...route,
    ...(action && { action: { case: "route", value: action } }),
    typedPerFilterConfig: filters,
  });
  return toEnvoyJson(RouteSchema, message);
}

export const here = new FieldPath({ kind: "Test", namespace: "shop", name: "test" }, nowhere);

/** Findings as `code path`, in their order. */
export function briefly(findings: Iterable<Finding>): string[] {
  return [...findings].map(({ code, path }) => `${code} ${path}`);
}
