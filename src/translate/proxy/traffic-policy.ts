import { create } from "@bufbuild/protobuf";
import {
  type TrafficPolicy,
  type TrafficPolicy_PortTrafficPolicy,
  TrafficPolicySchema,
} from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";

/**
 * What a destination rule comes to for one port: its policy, over it what the subset says, field by field, and instead
 * of both what is said for the port itself. Fields that a port's settings leave out fall back to Envoy's defaults, not
 * to the rule's, as in Istio.
 *
 * @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy.portLevelSettings
 * @reads networking.istio.io/v1 DestinationRule spec.subsets[].trafficPolicy
 */
export function policyForPort(
  rule: TrafficPolicy | undefined,
  subset: TrafficPolicy | undefined,
  port: number,
): TrafficPolicy | undefined {
  if (rule === undefined && subset === undefined) return undefined;
  const merged = create(TrafficPolicySchema, {
    loadBalancer: subset?.loadBalancer ?? rule?.loadBalancer,
    connectionPool: subset?.connectionPool ?? rule?.connectionPool,
    outlierDetection: subset?.outlierDetection ?? rule?.outlierDetection,
    tls: subset?.tls ?? rule?.tls,
    tunnel: subset?.tunnel ?? rule?.tunnel,
    proxyProtocol: subset?.proxyProtocol ?? rule?.proxyProtocol,
    retryBudget: subset?.retryBudget ?? rule?.retryBudget,
  });
  const ofPort = settingsOf(subset, port) ?? settingsOf(rule, port);
  if (ofPort === undefined) return merged;
  return create(TrafficPolicySchema, {
    ...merged,
    loadBalancer: ofPort.loadBalancer,
    connectionPool: ofPort.connectionPool,
    outlierDetection: ofPort.outlierDetection,
    tls: ofPort.tls,
  });
}

function settingsOf(policy: TrafficPolicy | undefined, port: number): TrafficPolicy_PortTrafficPolicy | undefined {
  return policy?.portLevelSettings.find((settings) => settings.port?.number === port);
}
