import type { MessageInitShape } from "@bufbuild/protobuf";
import { fromAds } from "#envoy/ads.ts";
import { any } from "#envoy/any.ts";
import type { FilterSchema, ListenerFilterSchema } from "#envoy/gen/envoy/config/listener/v3/listener_components_pb.js";
import type { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import { FilterStateValue_SharedWithUpstream as Shared } from "#envoy/gen/envoy/extensions/filters/common/set_filter_state/v3/value_pb.js";
import { RouterSchema } from "#envoy/gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import { HttpInspectorSchema } from "#envoy/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js";
import { OriginalDstSchema } from "#envoy/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js";
import { TlsInspectorSchema } from "#envoy/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js";
import {
  HttpConnectionManagerSchema,
  HttpConnectionManager_PathWithEscapedSlashesAction as SlashesAction,
} from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { ConfigSchema as SetFilterStateSchema } from "#envoy/gen/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state_pb.js";
import { TcpProxySchema } from "#envoy/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import type { ClusterName } from "#envoy/names.ts";
import type { RouteConfigurationName } from "#envoy/route-names.ts";
import { accessLogs } from "#features/access-log/to-envoy.ts";
import type { TcpProxyInit } from "#features/cluster-feature.ts";
import { metrics } from "#features/metrics/to-envoy.ts";
import type { HttpFilterInit, RouteFeature } from "#features/route-feature.ts";
import { routeFeatures } from "#features/route-features.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";

export type FilterInit = MessageInitShape<typeof FilterSchema>;
export type ListenerFilterInit = Exclude<MessageInitShape<typeof ListenerFilterSchema>, { $typeName: string }>;
export type HcmInit = Exclude<MessageInitShape<typeof HttpConnectionManagerSchema>, { $typeName: string }>;
type RouteConfigurationInit = MessageInitShape<typeof RouteConfigurationSchema>;

/** Which way the traffic of a filter goes, seen from the workload. */
export type TrafficDirection = "inbound" | "outbound";

export const originalDst = listenerFilter("envoy.filters.listener.original_dst", any(OriginalDstSchema, {}));
export const tlsInspector = listenerFilter("envoy.filters.listener.tls_inspector", any(TlsInspectorSchema, {}));
export const httpInspector = listenerFilter("envoy.filters.listener.http_inspector", any(HttpInspectorSchema, {}));

function listenerFilter(name: string, value: ReturnType<typeof any>): ListenerFilterInit {
  return { name, configType: { case: "typedConfig", value } };
}

const router: HttpFilterInit = {
  name: "envoy.filters.http.router",
  // Statistics per response code and cluster, and Envoy's own headers, are work on every request that nobody reads.
  configType: { case: "typedConfig", value: any(RouterSchema, { dynamicStats: false, suppressEnvoyHeaders: true }) },
};

/** Filters of features that a route can switch on; until then they cost nothing. */
const routeFilters: readonly HttpFilterInit[] = Object.values(routeFeatures).flatMap((feature) => {
  const { filter } = feature as RouteFeature<unknown>;
  return filter === undefined ? [] : [filter];
});

/** The filters of outbound requests. @param last  what comes after those of features */
export function outboundHttpFilters(last: readonly HttpFilterInit[] = []): HttpFilterInit[] {
  return [...routeFilters, ...last, router];
}

/** Where a connection manager has its routes from: asked for by name, or with it. */
export type Routes = { readonly rds: RouteConfigurationName } | { readonly inline: RouteConfigurationInit };

/**
 * @param own  what this one has beside what all have
 * @writes envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
 */
export function httpConnectionManager(
  direction: TrafficDirection,
  statPrefix: string,
  routes: Routes,
  settings: MeshSettings,
  own: Partial<HcmInit> = {},
): FilterInit {
  const hcm: HcmInit = {
    statPrefix,
    routeSpecifier:
      "rds" in routes
        ? { case: "rds", value: { routeConfigName: routes.rds, configSource: fromAds } }
        : { case: "routeConfig", value: routes.inline },
    httpFilters: direction === "outbound" ? outboundHttpFilters() : [router],
    accessLog: [metrics(direction, "http"), ...accessLogs(settings.accessLog, "http")],
    useRemoteAddress: false,
    normalizePath: true,
    pathWithEscapedSlashesAction: SlashesAction.KEEP_UNCHANGED,
    upgradeConfigs: [{ upgradeType: "websocket" }],
    // A request may be open for as long as its own timeout says; a stream that is only idle is not a fault.
    streamIdleTimeout: { seconds: 0n },
    ...own,
  };
  return {
    name: "envoy.filters.network.http_connection_manager",
    configType: { case: "typedConfig", value: any(HttpConnectionManagerSchema, hcm) },
  };
}

/**
 * @param own  what this one has beside what all have
 * @writes envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
 */
export function tcpProxy(
  direction: TrafficDirection,
  cluster: ClusterName,
  settings: MeshSettings,
  own: Partial<TcpProxyInit> = {},
): FilterInit {
  return {
    name: "envoy.filters.network.tcp_proxy",
    configType: {
      case: "typedConfig",
      value: any(TcpProxySchema, {
        statPrefix: cluster,
        clusterSpecifier: { case: "cluster", value: cluster },
        accessLog: [metrics(direction, "tcp"), ...accessLogs(settings.accessLog, "tcp")],
        ...own,
      }),
    },
  };
}

/** Makes the connection to the other sidecar offer these protocols, whatever the cluster would offer by itself. */
export function offerAlpn(protocols: readonly string[]): FilterInit {
  return {
    name: "envoy.filters.network.set_filter_state",
    configType: {
      case: "typedConfig",
      value: any(SetFilterStateSchema, {
        onNewConnection: [
          {
            key: { case: "objectKey", value: "envoy.network.application_protocols" },
            value: {
              case: "formatString",
              value: {
                format: {
                  case: "textFormatSource",
                  value: { specifier: { case: "inlineString", value: protocols.join(",") } },
                },
              },
            },
            sharedWithUpstream: Shared.ONCE,
          },
        ],
      }),
    },
  };
}
