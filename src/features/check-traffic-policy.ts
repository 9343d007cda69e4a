import { create } from "@bufbuild/protobuf";
import { type TrafficPolicy, TrafficPolicySchema } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { ClusterFeature } from "#features/cluster-feature.ts";
import { clusterFeatures } from "#features/cluster-features.ts";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";

/** All that there is to say about one traffic policy by itself, what it says of single ports included. */
export function* checkTrafficPolicy(policy: TrafficPolicy, at: FieldPath): Iterable<Finding> {
  yield* checkFeatures(policy, at);
  for (const [nth, settings] of policy.portLevelSettings.entries()) {
    const { loadBalancer, connectionPool, outlierDetection, tls } = settings;
    const ofPort = create(TrafficPolicySchema, { loadBalancer, connectionPool, outlierDetection, tls });
    yield* checkFeatures(ofPort, at.field("portLevelSettings").index(nth));
  }
}

function* checkFeatures(policy: TrafficPolicy, at: FieldPath): Iterable<Finding> {
  for (const feature of Object.values(clusterFeatures) as ClusterFeature<unknown>[]) {
    yield* feature.check?.(policy, at) ?? [];
  }
}
