import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
  RouteMatchSchema,
} from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { isHeaderName, pseudoHeaders } from "#features/headers/header-name.ts";
import type { RequestMatch } from "#features/match/request-match.ts";
import { type StringMatch, stringMatcher } from "#features/match/string-match.ts";

type RouteMatchInit = Exclude<MessageInitShape<typeof RouteMatchSchema>, { $typeName: string }>;
type HeaderMatcherInit = Exclude<MessageInitShape<typeof HeaderMatcherSchema>, { $typeName: string }>;
type QueryMatcherInit = MessageInitShape<typeof QueryParameterMatcherSchema>;

/** The match that takes every request. */
export const everything: RouteMatchInit = { pathSpecifier: { case: "prefix", value: "/" } };

/** @writes envoy.config.route.v3.RouteMatch */
export function toEnvoy(match: RequestMatch): RouteMatchInit {
  const ofFirstLine = [
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
      ...ofFirstLine,
      match.queryParams.has("") ? never : undefined,
    ].filter((matcher) => matcher !== undefined),
    queryParameters: [...match.queryParams]
      .filter(([name]) => name !== "")
      .map(([name, value]) => queryParameter(name, value)),
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

/** Holds for no request: each has a path. */
const never: HeaderMatcherInit = {
  name: ":path",
  headerMatchSpecifier: { case: "presentMatch", value: true },
  invertMatch: true,
};

/** A name that no header can have is never there; Envoy would refuse to look for some of these. */
function header(name: string, match: StringMatch | undefined): HeaderMatcherInit | undefined {
  if (match === undefined) return undefined;
  if (!canBeThere(name)) return never;
  if (match.how === "present") return { name, headerMatchSpecifier: { case: "presentMatch", value: true } };
  return { name, headerMatchSpecifier: { case: "stringMatch", value: stringMatcher(match) } };
}

/** A header that is not there does not match, so a route without it takes requests that lack it. */
function unlessHeader(name: string, match: StringMatch): HeaderMatcherInit | undefined {
  if (!canBeThere(name)) return undefined;
  return {
    ...(header(name, match) as HeaderMatcherInit),
    invertMatch: true,
    treatMissingHeaderAsEmpty: match.how !== "present",
  };
}

function canBeThere(name: string): boolean {
  return isHeaderName(name) || pseudoHeaders.has(name);
}

function queryParameter(name: string, match: StringMatch): QueryMatcherInit {
  if (match.how === "present") return { name, queryParameterMatchSpecifier: { case: "presentMatch", value: true } };
  return { name, queryParameterMatchSpecifier: { case: "stringMatch", value: stringMatcher(match) } };
}
