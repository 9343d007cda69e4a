import type { MessageInitShape } from "@bufbuild/protobuf";
import { any } from "#envoy/any.ts";
import { duration } from "#envoy/duration.ts";
import type { RetryPolicySchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { PreviousHostsPredicateSchema } from "#envoy/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js";
import { PreviousPrioritiesConfigSchema } from "#envoy/gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.js";
import type { RetryPolicy } from "#features/retry/policy.ts";
import type { RoutePart } from "#features/route-feature.ts";

type EnvoyRetryPolicy = Exclude<MessageInitShape<typeof RetryPolicySchema>, { $typeName: string }>;

const previousHosts = {
  name: "envoy.retry_host_predicates.previous_hosts",
  configType: { case: "typedConfig" as const, value: any(PreviousHostsPredicateSchema, {}) },
};

const previousPriorities = {
  name: "envoy.retry_priorities.previous_priorities",
  configType: { case: "typedConfig" as const, value: any(PreviousPrioritiesConfigSchema, { updateFrequency: 2 }) },
};

/** @writes envoy.config.route.v3.RouteAction.retry_policy */
export function toEnvoy(policy: RetryPolicy): RoutePart {
  return policy === "off" ? {} : { action: { retryPolicy: retryPolicy(policy) } };
}

function retryPolicy(policy: Exclude<RetryPolicy, "off">): EnvoyRetryPolicy {
  const conditions = new Set(policy.conditions);
  if (policy.statuses.length > 0) conditions.add("retriable-status-codes");
  return {
    numRetries: policy.retries,
    retryOn: [...conditions].join(","),
    retriableStatusCodes: [...policy.statuses],
    perTryTimeout: policy.perTryTimeout && duration(policy.perTryTimeout),
    retryBackOff: policy.backoff && { baseInterval: duration(policy.backoff) },
    // A host that just failed is a poor second try.
    retryHostPredicate: policy.ignorePreviousHosts ? [previousHosts] : [],
    hostSelectionRetryMaxAttempts: 5n,
    retryPriority: policy.otherLocalities ? previousPriorities : undefined,
  };
}
