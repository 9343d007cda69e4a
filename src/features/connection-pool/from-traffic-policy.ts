import {
  type ConnectionPoolSettings_TCPSettings_TcpKeepalive as IstioKeepalive,
  type TrafficPolicy,
  type TrafficPolicy_RetryBudget,
  ConnectionPoolSettings_HTTPSettings_H2UpgradePolicy as Upgrade,
} from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import { fromProto } from "#envoy/duration.ts";
import type { ConnectionPool, HttpPool, PoolLimits, TcpKeepalive } from "#features/connection-pool/policy.ts";

/**
 * @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy.connectionPool
 * @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy.retryBudget
 */
export function fromTrafficPolicy({ connectionPool, retryBudget }: TrafficPolicy): ConnectionPool | undefined {
  if (connectionPool === undefined && retryBudget === undefined) return undefined;
  const { tcp, http } = connectionPool ?? {};
  // A connection of HTTP that has no limit of its own takes the one that holds for any TCP.
  const idleTimeout = http?.idleTimeout ?? tcp?.idleTimeout;
  return {
    limits: {
      connections: positive(tcp?.maxConnections),
      pendingRequests: positive(http?.http1MaxPendingRequests),
      requests: positive(http?.http2MaxRequests),
      retries: positive(http?.maxRetries),
      retryBudget: retryBudget && budgetOf(retryBudget),
    },
    connectTimeout: tcp?.connectTimeout && fromProto(tcp.connectTimeout),
    keepalive: tcp?.tcpKeepalive && keepaliveOf(tcp.tcpKeepalive),
    tcp: {
      idleTimeout: tcp?.idleTimeout && fromProto(tcp.idleTimeout),
      maxConnectionDuration: tcp?.maxConnectionDuration && fromProto(tcp.maxConnectionDuration),
    },
    http: {
      speaks: http?.useClientProtocol ? "as-caller" : http?.h2UpgradePolicy === Upgrade.UPGRADE ? "h2" : undefined,
      idleTimeout: idleTimeout && fromProto(idleTimeout),
      maxConnectionDuration: tcp?.maxConnectionDuration && fromProto(tcp.maxConnectionDuration),
      maxRequestsPerConnection: positive(http?.maxRequestsPerConnection),
      maxConcurrentStreams: positive(http?.maxConcurrentStreams),
    } satisfies HttpPool,
  };
}

/** In Istio's API zero is "not said". */
function positive(number: number | undefined): number | undefined {
  return number !== undefined && number > 0 ? number : undefined;
}

function keepaliveOf({ probes, time, interval }: IstioKeepalive): TcpKeepalive {
  return { probes: positive(probes), time: time && fromProto(time), interval: interval && fromProto(interval) };
}

/** What is left out is as the API documents it: 20%, and 3 at any time. */
function budgetOf({ percent, minRetryConcurrency }: TrafficPolicy_RetryBudget): PoolLimits["retryBudget"] {
  return { percent: percent ?? 20, leastRetries: minRetryConcurrency || 3 };
}
