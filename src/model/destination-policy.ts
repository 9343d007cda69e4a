import type { TrafficPolicy } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { Labels } from "#model/labels.ts";

/** How callers reach a service: what a DestinationRule says, in our words. */
export interface DestinationPolicy {
  /** `namespace/name` of the object. */
  readonly key: string;
  readonly namespace: string;
  /** Fully qualified; may be a wildcard. */
  readonly host: string;
  readonly policy: TrafficPolicy | undefined;
  readonly subsets: readonly Subset[];
  readonly createdAt: string;
}

/** Some of a service's endpoints, under a name. */
export interface Subset {
  readonly name: string;
  readonly labels: Labels;
  readonly policy: TrafficPolicy | undefined;
}
