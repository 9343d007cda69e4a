import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { checkPercentage } from "#features/percentage.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const mirrorsNothing = finding({
  code: "STOD0251",
  severity: "info",
  says: () => "0% of the requests are mirrored",
  help: "Write a percentage above 0, or take the mirror out.",
});

export const percentageWithoutMirror = finding({
  code: "STOD0252",
  severity: "warning",
  example: { field: "mirrorPercentage" },
  says: (at: { field: string }) => `${at.field} is for mirror, which is not there`,
  help: "Add mirror with the host to which requests are copied; each of mirrors has a percentage of its own.",
});

export const mirrorToNowhere = finding({
  code: "STOD0253",
  severity: "error",
  says: () => "the mirror has no destination",
  help: "Add destination with the host to which requests are copied.",
});

/** @param at  the route */
export function* check(http: HTTPRoute, at: FieldPath): Iterable<Finding> {
  const [field, percent] =
    http.mirrorPercentage !== undefined
      ? ["mirrorPercentage", http.mirrorPercentage.value]
      : ["mirrorPercent", http.mirrorPercent];
  if (percent !== undefined && http.mirror === undefined) yield percentageWithoutMirror({ at: at.field(field), field });
  else yield* checkPercent(percent, at.field(field));
  for (const [nth, { destination, percentage }] of http.mirrors.entries()) {
    const here = at.field("mirrors").index(nth);
    if (destination === undefined) yield mirrorToNowhere({ at: here });
    yield* checkPercent(percentage?.value, here.field("percentage"));
  }
}

function* checkPercent(percent: number | undefined, at: FieldPath): Iterable<Finding> {
  yield* checkPercentage(percent, at);
  if (percent === 0) yield mirrorsNothing({ at });
}
