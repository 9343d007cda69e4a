import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
  RouteMatchSchema,
} from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import type { RequestMatch } from "#features/match/request-match.ts";
import { type StringMatch, stringMatcher } from "#features/match/string-match.ts";

type RouteMatchInit = Exclude<MessageInitShape<typeof RouteMatchSchema>, { $typeName: string }>;
type HeaderMatcherInit = Exclude<MessageInitShape<typeof HeaderMatcherSchema>, { $typeName: string }>;
type QueryMatcherInit = MessageInitShape<typeof QueryParameterMatcherSchema>;

/** The match that takes every request. */
export const everything: RouteMatchInit = { pathSpecifier: { case: "prefix", value: "/" } };

/** @writes envoy.config.route.v3.RouteMatch */
export function toEnvoy(match: RequestMatch): RouteMatchInit {
  const pseudoHeaders = [
    header(":scheme", match.scheme),
    header(":method", match.method),
    header(":authority", match.authority),
  ];
  return {
    pathSpecifier: pathSpecifier(match.uri),
    caseSensitive: match.ignoreUriCase ? false : undefined,
    headers: [
      ...[...match.headers].map(([name, value]) => header(name, value)),
      ...[...match.withoutHeaders].map(([name, value]) => unlessHeader(name, value)),
      ...pseudoHeaders,
    ].filter((matcher) => matcher !== undefined),
    queryParameters: [...match.queryParams].map(([name, value]) => queryParameter(name, value)),
  };
}

function pathSpecifier(uri: StringMatch | undefined): NonNullable<RouteMatchInit["pathSpecifier"]> {
  if (uri === undefined || uri.how === "present") return { case: "prefix", value: "/" };
  switch (uri.how) {
    case "exact":
      return { case: "path", value: uri.text };
    case "prefix":
      return { case: "prefix", value: uri.text };
    case "regex":
      return { case: "safeRegex", value: { regex: uri.text } };
  }
}

function header(name: string, match: StringMatch | undefined): HeaderMatcherInit | undefined {
  if (match === undefined) return undefined;
  if (match.how === "present") return { name, headerMatchSpecifier: { case: "presentMatch", value: true } };
  return { name, headerMatchSpecifier: { case: "stringMatch", value: stringMatcher(match) } };
}

/** A header that is not there does not match, so a route without it takes requests that lack it. */
function unlessHeader(name: string, match: StringMatch): HeaderMatcherInit {
  return {
    ...(header(name, match) as HeaderMatcherInit),
    invertMatch: true,
    treatMissingHeaderAsEmpty: match.how !== "present",
  };
}

function queryParameter(name: string, match: StringMatch): QueryMatcherInit {
  if (match.how === "present") return { name, queryParameterMatchSpecifier: { case: "presentMatch", value: true } };
  return { name, queryParameterMatchSpecifier: { case: "stringMatch", value: stringMatcher(match) } };
}
