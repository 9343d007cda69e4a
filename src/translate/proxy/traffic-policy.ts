import { create } from "@bufbuild/protobuf";
import { type TrafficPolicy, TrafficPolicySchema } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";

/**
 * What a destination rule comes to for one port: what the rule says of the port, or else of all ports; and over it,
 * field by field, what the subset says of the port, or else of all ports. Settings of a port stand for all of those
 * around them: a field that they leave out falls back to its default, not to what holds for other ports, as in Istio.
 *
 * @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy.portLevelSettings
 * @reads networking.istio.io/v1 DestinationRule spec.subsets[].trafficPolicy
 */
export function policyForPort(
  rule: TrafficPolicy | undefined,
  subset: TrafficPolicy | undefined,
  port: number,
): TrafficPolicy | undefined {
  const ofRule = portSettings(rule, port) ?? rule;
  const ofSubset = portSettings(subset, port);
  if (ofSubset !== undefined) return ofSubset;
  if (ofRule === undefined || subset === undefined) return ofRule ?? subset;
  return create(TrafficPolicySchema, {
    loadBalancer: subset.loadBalancer ?? ofRule.loadBalancer,
    connectionPool: subset.connectionPool ?? ofRule.connectionPool,
    outlierDetection: subset.outlierDetection ?? ofRule.outlierDetection,
    tls: subset.tls ?? ofRule.tls,
    retryBudget: subset.retryBudget ?? ofRule.retryBudget,
  });
}

function portSettings(policy: TrafficPolicy | undefined, port: number): TrafficPolicy | undefined {
  const settings = policy?.portLevelSettings.find((each) => each.port?.number === port);
  if (settings === undefined) return undefined;
  const { loadBalancer, connectionPool, outlierDetection, tls } = settings;
  return create(TrafficPolicySchema, { loadBalancer, connectionPool, outlierDetection, tls });
}
