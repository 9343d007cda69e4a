import type { TrafficPolicy } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { Labels } from "#model/labels.ts";

/** How callers reach a host: what the DestinationRules of one namespace say of it, in our words. */
export interface DestinationPolicy {
  /** `namespace host`. */
  readonly key: string;
  readonly namespace: string;
  /** Fully qualified; may be a wildcard. */
  readonly host: string;
  readonly policy: TrafficPolicy | undefined;
  /** Their names differ. */
  readonly subsets: readonly Subset[];
}

/** Some of a service's endpoints, under a name. */
export interface Subset {
  readonly name: string;
  readonly labels: Labels;
  readonly policy: TrafficPolicy | undefined;
}
