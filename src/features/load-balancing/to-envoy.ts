import type { MessageInitShape } from "@bufbuild/protobuf";
import { duration } from "#envoy/duration.ts";
import {
  type Cluster_SlowStartConfigSchema,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_LbPolicy as LbPolicy,
} from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { RouteAction_HashPolicySchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import type { ClusterInit, ClusterPart, ClusterTarget, TcpProxyInit } from "#features/cluster-feature.ts";
import type { HashCookie, HashKey, HashTable, LoadBalancing, Warmup } from "#features/load-balancing/policy.ts";

type HashPolicyInit = Exclude<MessageInitShape<typeof RouteAction_HashPolicySchema>, { $typeName: string }>;
type SlowStartInit = MessageInitShape<typeof Cluster_SlowStartConfigSchema>;

/**
 * The key of a consistent hash stands at the cluster, where it holds for every route that leads there.
 *
 * @writes envoy.config.cluster.v3.Cluster.lb_policy
 * @writes envoy.config.cluster.v3.Cluster.lb_config
 * @writes envoy.extensions.upstreams.http.v3.HttpProtocolOptions.hash_policy
 */
export function toEnvoy({ by, warmup }: LoadBalancing, target: ClusterTarget): ClusterPart {
  if (!target.balances) return {};
  switch (by.is) {
    case "least-request": {
      const slowStartConfig = slowStart(warmup);
      const lbConfig = slowStartConfig && { case: "leastRequestLbConfig" as const, value: { slowStartConfig } };
      return { cluster: { lbPolicy: LbPolicy.LEAST_REQUEST, lbConfig } };
    }
    case "round-robin": {
      const slowStartConfig = slowStart(warmup);
      const lbConfig = slowStartConfig && { case: "roundRobinLbConfig" as const, value: { slowStartConfig } };
      return { cluster: { lbPolicy: LbPolicy.ROUND_ROBIN, lbConfig } };
    }
    case "random":
      return { cluster: { lbPolicy: LbPolicy.RANDOM } };
    case "as-called":
      return { cluster: asCalled };
    case "hash":
      return { cluster: hashTable(by.table), http: { hashPolicy: by.key === undefined ? [] : [hashPolicy(by.key)] } };
  }
}

/**
 * Of the keys of a hash a connection has just one: where it comes from.
 *
 * @writes envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.hash_policy
 */
export function toTcpProxy({ by }: LoadBalancing): Partial<TcpProxyInit> {
  if (by.is !== "hash" || by.key?.of !== "source-address") return {};
  return { hashPolicy: [{ policySpecifier: { case: "sourceIp", value: {} } }] };
}

const asCalled: Partial<ClusterInit> = {
  clusterDiscoveryType: { case: "type", value: DiscoveryType.ORIGINAL_DST },
  lbPolicy: LbPolicy.CLUSTER_PROVIDED,
  edsClusterConfig: undefined,
  loadAssignment: undefined,
};

function hashTable(table: HashTable): Partial<ClusterInit> {
  if (table.is === "maglev") {
    const { size } = table;
    return {
      lbPolicy: LbPolicy.MAGLEV,
      lbConfig: size === undefined ? undefined : { case: "maglevLbConfig", value: { tableSize: size } },
    };
  }
  const { least } = table;
  return {
    lbPolicy: LbPolicy.RING_HASH,
    lbConfig: least === undefined ? undefined : { case: "ringHashLbConfig", value: { minimumRingSize: least } },
  };
}

function hashPolicy(key: HashKey): HashPolicyInit {
  switch (key.of) {
    case "header":
      return { policySpecifier: { case: "header", value: { headerName: key.name } } };
    case "query-parameter":
      return { policySpecifier: { case: "queryParameter", value: { name: key.name } } };
    case "source-address":
      return { policySpecifier: { case: "connectionProperties", value: { sourceIp: true } } };
    case "cookie":
      return { policySpecifier: { case: "cookie", value: cookie(key) } };
  }
}

function cookie({ name, path, ttl, attributes }: HashCookie) {
  return { name, path, ttl: ttl && duration(ttl), attributes: attributes.map(({ name, value }) => ({ name, value })) };
}

function slowStart(warmup: Warmup | undefined): SlowStartInit | undefined {
  if (warmup === undefined) return undefined;
  const { over, aggression, leastPercent } = warmup;
  return {
    slowStartWindow: duration(over),
    // Envoy wants a name by which an operator could change it at run time.
    aggression:
      aggression === undefined ? undefined : { defaultValue: aggression, runtimeKey: "stod.warmup.aggression" },
    minWeightPercent: leastPercent === undefined ? undefined : { value: leastPercent },
  };
}
