import type { TrafficPolicy } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const localOriginNotSplit = finding({
  code: "STOD0321",
  severity: "error",
  says: () => "consecutiveLocalOriginFailures counts only with splitExternalLocalOriginErrors, which is not set",
  help: "Add splitExternalLocalOriginErrors: true, or take consecutiveLocalOriginFailures out.",
});

export const percentOutOfRange = finding({
  code: "STOD0322",
  severity: "error",
  example: { field: "maxEjectionPercent", value: 200 },
  says: (at: { field: string; value: number }) => `${at.field} is ${at.value}, and a percentage is from 0 to 100`,
  help: "Write a number from 0 to 100.",
});

export const fewAreEjected = finding({
  code: "STOD0323",
  severity: "info",
  says: () => "maxEjectionPercent is 10 where it is not written, so of fewer than ten endpoints none is ever left out",
  help: "Add maxEjectionPercent: 100, or as many percent as the service can do without.",
});

export function* check({ outlierDetection: asked }: TrafficPolicy, at: FieldPath): Iterable<Finding> {
  if (asked === undefined) return;
  const here = at.field("outlierDetection");
  if (!asked.splitExternalLocalOriginErrors && (asked.consecutiveLocalOriginFailures ?? 0) > 0) {
    yield localOriginNotSplit({ at: here.field("consecutiveLocalOriginFailures") });
  }
  for (const field of ["maxEjectionPercent", "minHealthPercent"] as const) {
    const value = asked[field];
    if (value < 0 || value > 100) yield percentOutOfRange({ at: here.field(field), field, value });
  }
  if (asked.maxEjectionPercent === 0) yield fewAreEjected({ at: here });
}
