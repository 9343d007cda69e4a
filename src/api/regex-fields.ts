import type {
  HTTPMatchRequest,
  StringMatch,
  VirtualService,
} from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { badRegex } from "./decode-findings.ts";
import { regexProblem } from "./re2.ts";

/**
 * Tells which regular expressions of a VirtualService Envoy would refuse: RE2 has no lookaround and no backreferences.
 *
 * @reads networking.istio.io/v1 VirtualService spec.http[].match[].uri.regex
 * @reads networking.istio.io/v1 VirtualService spec.http[].rewrite.uriRegexRewrite.match
 * @reads networking.istio.io/v1 VirtualService spec.http[].corsPolicy.allowOrigins[].regex
 */
export function* badRegexes(spec: VirtualService, at: FieldPath): Iterable<Finding> {
  for (const [nth, http] of spec.http.entries()) {
    const route = at.field("http").index(nth);
    for (const [mth, match] of http.match.entries()) yield* inMatch(match, route.field("match").index(mth));
    for (const [oth, origin] of (http.corsPolicy?.allowOrigins ?? []).entries()) {
      yield* inString(origin, route.field("corsPolicy").field("allowOrigins").index(oth));
    }
    const rewritten = http.rewrite?.uriRegexRewrite?.match;
    if (rewritten) yield* inRegex(rewritten, route.field("rewrite").field("uriRegexRewrite").field("match"));
  }
}

function* inMatch(match: HTTPMatchRequest, at: FieldPath): Iterable<Finding> {
  for (const name of ["uri", "scheme", "method", "authority"] as const) yield* inString(match[name], at.field(name));
  for (const name of ["headers", "withoutHeaders", "queryParams"] as const) {
    for (const [key, value] of Object.entries(match[name])) yield* inString(value, at.field(name).field(key));
  }
}

function* inString(match: StringMatch | undefined, at: FieldPath): Iterable<Finding> {
  if (match?.matchType.case === "regex") yield* inRegex(match.matchType.value, at.field("regex"));
}

function* inRegex(regex: string, at: FieldPath): Iterable<Finding> {
  const problem = regexProblem(regex);
  if (problem !== undefined) yield badRegex({ at, regex, problem });
}
