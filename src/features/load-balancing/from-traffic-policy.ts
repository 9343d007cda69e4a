import {
  type LoadBalancerSettings,
  type LoadBalancerSettings_ConsistentHashLB,
  type LoadBalancerSettings_ConsistentHashLB_HTTPCookie,
  LoadBalancerSettings_SimpleLB as Simple,
  type TrafficPolicy,
} from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import { fromProto } from "#envoy/duration.ts";
import { isHeaderName } from "#features/headers/header-name.ts";
import {
  type Balancing,
  type HashKey,
  type HashTable,
  type LoadBalancing,
  mostMaglevEntries,
  mostRingEntries,
  type Warmup,
} from "#features/load-balancing/policy.ts";
import { isPrime } from "#features/load-balancing/prime.ts";

/** @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy.loadBalancer */
export function fromTrafficPolicy({ loadBalancer }: TrafficPolicy): LoadBalancing | undefined {
  return loadBalancer && { by: balancing(loadBalancer), warmup: warmupOf(loadBalancer) };
}

function balancing({ lbPolicy }: LoadBalancerSettings): Balancing {
  if (lbPolicy.case === "consistentHash") {
    return { is: "hash", key: keyOf(lbPolicy.value.hashKey), table: tableOf(lbPolicy.value) };
  }
  switch (lbPolicy.value) {
    case Simple.ROUND_ROBIN:
      return { is: "round-robin" };
    case Simple.RANDOM:
      return { is: "random" };
    case Simple.PASSTHROUGH:
      return { is: "as-called" };
    default:
      return { is: "least-request" };
  }
}

/** A key without a name is none. */
export function keyOf(asked: LoadBalancerSettings_ConsistentHashLB["hashKey"]): HashKey | undefined {
  switch (asked.case) {
    case "httpHeaderName":
      return isHeaderName(asked.value) ? { of: "header", name: asked.value } : undefined;
    case "httpQueryParameterName":
      return asked.value === "" ? undefined : { of: "query-parameter", name: asked.value };
    case "httpCookie":
      return asked.value.name === "" ? undefined : cookieOf(asked.value);
    case "useSourceIp":
      return asked.value ? { of: "source-address" } : undefined;
    default:
      return undefined;
  }
}

function cookieOf({ name, path, ttl, attributes }: LoadBalancerSettings_ConsistentHashLB_HTTPCookie): HashKey {
  // What is no attribute of a cookie would have Envoy refuse the cluster.
  const known = attributes.filter(({ name, value }) => isHeaderName(name) && /^[^\p{Cc};]*$/u.test(value));
  return { of: "cookie", name, path, ttl: ttl && fromProto(ttl), attributes: known };
}

/** Sizes that Envoy would refuse become the nearest that it takes, or its default. */
function tableOf({ hashAlgorithm, minimumRingSize }: LoadBalancerSettings_ConsistentHashLB): HashTable {
  if (hashAlgorithm.case === "maglev") {
    const { tableSize } = hashAlgorithm.value;
    return { is: "maglev", size: tableSize <= mostMaglevEntries && isPrime(tableSize) ? tableSize : undefined };
  }
  // The field beside the algorithms is the older one.
  const asked = hashAlgorithm.case === "ringHash" ? hashAlgorithm.value.minimumRingSize : minimumRingSize;
  if (asked === 0n) return { is: "ring", least: undefined };
  if (asked > mostRingEntries) return { is: "ring", least: mostRingEntries };
  return { is: "ring", least: asked };
}

function warmupOf({ warmup, warmupDurationSecs }: LoadBalancerSettings): Warmup | undefined {
  if (warmup?.duration !== undefined) {
    const { duration, aggression, minimumPercent } = warmup;
    return { over: fromProto(duration), aggression: aggression || undefined, leastPercent: minimumPercent };
  }
  return warmupDurationSecs && { over: fromProto(warmupDurationSecs), aggression: undefined, leastPercent: undefined };
}
