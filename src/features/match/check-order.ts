import type { HTTPMatchRequest, HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { stableJson } from "#base/stable-json.ts";
import { fromVirtualService } from "#features/match/from-virtual-service.ts";
import { type RequestMatch, takesEverything } from "#features/match/request-match.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const unreachableRoute = finding({
  code: "IST0130",
  severity: "warning",
  example: { taker: 0 },
  says: (at: { taker: number }) => `no request gets here, as http[${at.taker}] takes all that come before`,
  help: ({ taker }) => `Put it before http[${taker}], or take it out.`,
});

export const sameMatchBefore = finding({
  code: "IST0131",
  severity: "warning",
  example: { other: 0 },
  says: (at: { other: number }) => `http[${at.other}] takes all requests of this match`,
  help: "Take the match out, or say more in it.",
});

/**
 * Tells which routes and matches no request gets to, as an earlier one takes them all.
 *
 * @param at  the list of routes
 */
export function* checkOrder(routes: readonly HTTPRoute[], at: FieldPath): Iterable<Finding> {
  let taker: number | undefined;
  const before = new Map<string, number>();
  for (const [nth, http] of routes.entries()) {
    if (!leadsSomewhere(http)) continue;
    const { match } = http;
    const here = at.index(nth);
    if (taker !== undefined) {
      yield unreachableRoute({ at: here, taker });
      continue;
    }
    for (const [mth, one] of match.entries()) {
      const other = before.get(wordsOf(one));
      if (other !== undefined) yield sameMatchBefore({ at: here.field("match").index(mth), other });
      else before.set(wordsOf(one), nth);
    }
    if (match.length === 0 || match.map(readable).some(takesAll)) taker = nth;
  }
}

/** Whether requests are taken at all; a route that says nothing of what becomes of them is left out. */
function leadsSomewhere({ redirect, directResponse, route }: HTTPRoute): boolean {
  return redirect !== undefined || directResponse !== undefined || takers(route) > 0;
}

function takers(route: HTTPRoute["route"]): number {
  return route.filter(({ weight }) => route.length === 1 || weight > 0).length;
}

function readable(match: HTTPMatchRequest): RequestMatch {
  return fromVirtualService(match, (gateway) => gateway);
}

/** Whether it takes every request from everybody, whoever calls through whatever. */
function takesAll(match: RequestMatch): boolean {
  const { port, labels, namespace, gateways } = match.from;
  const fromAnybody =
    port === undefined && namespace === undefined && gateways.length === 0 && Object.keys(labels).length === 0;
  return fromAnybody && takesEverything(match);
}

/** One spelling for equal matches; their names do not matter. */
function wordsOf(match: HTTPMatchRequest): string {
  const { name: _, headers, withoutHeaders, queryParams, ...rest } = readable(match);
  return stableJson({
    ...rest,
    headers: [...headers],
    withoutHeaders: [...withoutHeaders],
    queryParams: [...queryParams],
  });
}
