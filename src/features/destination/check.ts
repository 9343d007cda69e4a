import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const noWeight = finding({
  code: "STOD0211",
  severity: "error",
  says: () => "all weights are 0, so the route leads nowhere, and requests go on to the next one",
  help: "Give at least one destination a weight above 0.",
});

export const negativeWeight = finding({
  code: "STOD0212",
  severity: "error",
  example: { weight: -1 },
  says: (at: { weight: number }) => `the weight is ${at.weight}, and counts as 0`,
  help: "Write 0 or more.",
});

export const leadsNowhere = finding({
  code: "STOD0213",
  severity: "error",
  says: () => "the route says nothing of what becomes of its requests, which go on to the next one",
  help: "Add route: with a destination, or redirect:, or directResponse:.",
});

export const twoActions = finding({
  code: "STOD0214",
  severity: "error",
  example: { counts: "redirect", other: "route" },
  says: (at: { counts: string; other: string }) =>
    `${at.counts} and ${at.other} exclude each other, and ${at.counts} counts`,
  help: ({ other, counts }) => `Take ${other} or ${counts} out, or put it into a route of its own.`,
});

export const nothingPassedOn = finding({
  code: "STOD0215",
  severity: "warning",
  example: { field: "timeout", counts: "redirect" },
  says: (at: { field: string; counts: string }) =>
    `${at.field} does nothing here: the proxy answers by ${at.counts} and passes no request on`,
  help: ({ field }) => `Take ${field} out.`,
});

/** What a route may do with a request; of several, the first here is done. */
const actions = ["redirect", "directResponse", "route"] as const;
/** What makes sense only for a request that is passed on. A fault does not: it comes before anything else. */
const ofForwarding = ["rewrite", "timeout", "retries", "mirror"] as const;

/** @param at  the route */
export function* checkDestinations(http: HTTPRoute, at: FieldPath): Iterable<Finding> {
  const isThere = { ...http, route: http.route.length > 0 || undefined };
  const [counts, ...others] = actions.filter((action) => isThere[action] !== undefined);
  if (counts === undefined) {
    if (http.delegate === undefined) yield leadsNowhere({ at });
    return;
  }
  for (const other of others) yield twoActions({ at: at.field(other), counts, other });
  if (counts === "route") {
    yield* checkWeights(http, at.field("route"));
    return;
  }
  for (const field of ofForwarding) {
    if (http[field] !== undefined) yield nothingPassedOn({ at: at.field(field), field, counts });
  }
}

function* checkWeights({ route }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  for (const [nth, { weight }] of route.entries()) {
    if (weight < 0) yield negativeWeight({ at: at.index(nth).field("weight"), weight });
  }
  if (route.length > 1 && route.every(({ weight }) => weight <= 0)) yield noWeight({ at });
}
