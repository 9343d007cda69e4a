import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Duration } from "#base/duration.ts";
import { duration } from "#envoy/duration.ts";
import type {
  CircuitBreakers_ThresholdsSchema,
  CircuitBreakersSchema,
} from "#envoy/gen/envoy/config/cluster/v3/circuit_breaker_pb.js";
import type { ClusterPart, ClusterTarget, HttpProtocolOptionsInit, TcpProxyInit } from "#features/cluster-feature.ts";
import type { ConnectionPool, HttpPool, PoolLimits, TcpKeepalive } from "#features/connection-pool/policy.ts";

type CircuitBreakersInit = MessageInitShape<typeof CircuitBreakersSchema>;
type ThresholdsInit = Exclude<MessageInitShape<typeof CircuitBreakers_ThresholdsSchema>, { $typeName: string }>;

const unlimited = 4_294_967_295;

/**
 * What a cluster has where nobody limits it: no limits. Envoy's own are 1024 connections and requests, and 3 retries at
 * a time, which is too few just when endpoints come and go.
 *
 * @writes envoy.config.cluster.v3.Cluster.circuit_breakers
 */
export const wideOpen: CircuitBreakersInit = circuitBreakers(undefined);

/**
 * @writes envoy.config.cluster.v3.Cluster.connect_timeout
 * @writes envoy.config.cluster.v3.Cluster.upstream_connection_options
 * @writes envoy.extensions.upstreams.http.v3.HttpProtocolOptions.common_http_protocol_options
 * @writes envoy.extensions.upstreams.http.v3.HttpProtocolOptions.explicit_http_config
 */
export function toEnvoy(pool: ConnectionPool, target: ClusterTarget): ClusterPart {
  return {
    cluster: {
      circuitBreakers: circuitBreakers(pool.limits),
      ...(pool.connectTimeout && { connectTimeout: duration(pool.connectTimeout) }),
      ...(pool.keepalive && { upstreamConnectionOptions: { tcpKeepalive: keepalive(pool.keepalive) } }),
    },
    http: { ...commonOptions(pool.http), ...protocolOptions(pool.http, target.carries) },
  };
}

/**
 * @writes envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.idle_timeout
 * @writes envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.max_downstream_connection_duration
 */
export function toTcpProxy({ tcp }: ConnectionPool): Partial<TcpProxyInit> {
  return {
    ...(tcp.idleTimeout && { idleTimeout: duration(tcp.idleTimeout) }),
    ...(tcp.maxConnectionDuration && { maxDownstreamConnectionDuration: duration(tcp.maxConnectionDuration) }),
  };
}

function circuitBreakers(limits: PoolLimits | undefined): CircuitBreakersInit {
  const thresholds: ThresholdsInit = {
    maxConnections: limits?.connections ?? unlimited,
    maxPendingRequests: limits?.pendingRequests ?? unlimited,
    maxRequests: limits?.requests ?? unlimited,
    maxRetries: limits?.retries ?? unlimited,
    retryBudget: limits?.retryBudget && {
      budgetPercent: { value: limits.retryBudget.percent },
      minRetryConcurrency: limits.retryBudget.leastRetries,
    },
  };
  return { thresholds: [thresholds] };
}

function keepalive({ probes, time, interval }: TcpKeepalive) {
  return { keepaliveProbes: probes, keepaliveTime: wholeSeconds(time), keepaliveInterval: wholeSeconds(interval) };
}

/** The kernel counts these in seconds, and takes no zero. */
function wholeSeconds(time: Duration | undefined): number | undefined {
  return time && Math.max(1, Math.trunc(time.ms / 1000));
}

function commonOptions(http: HttpPool): Partial<HttpProtocolOptionsInit> {
  const { idleTimeout, maxConnectionDuration, maxRequestsPerConnection } = http;
  if (idleTimeout === undefined && maxConnectionDuration === undefined && maxRequestsPerConnection === undefined)
    return {};
  return {
    commonHttpProtocolOptions: {
      idleTimeout: idleTimeout && duration(idleTimeout),
      maxConnectionDuration: maxConnectionDuration && duration(maxConnectionDuration),
      maxRequestsPerConnection,
    },
  };
}

function protocolOptions(http: HttpPool, carries: ClusterTarget["carries"]): Partial<HttpProtocolOptionsInit> {
  const http2ProtocolOptions = { maxConcurrentStreams: http.maxConcurrentStreams };
  const speaks = http.speaks ?? (carries === "h2" ? "h2" : "as-caller");
  if (http.speaks === undefined && http.maxConcurrentStreams === undefined) return {};
  return {
    upstreamProtocolOptions:
      speaks === "h2"
        ? {
            case: "explicitHttpConfig",
            value: { protocolConfig: { case: "http2ProtocolOptions", value: http2ProtocolOptions } },
          }
        : { case: "useDownstreamProtocolConfig", value: { httpProtocolOptions: {}, http2ProtocolOptions } },
  };
}
