import type { HTTPMatchRequest, HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { isHeaderName, pseudoHeaders } from "#features/headers/header-name.ts";
import { ownFields } from "#features/match/from-virtual-service.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const emptyMatch = finding({
  code: "STOD0201",
  severity: "error",
  example: { how: "prefix" },
  says: (at: { how: "prefix" | "regex" }) =>
    at.how === "prefix"
      ? "the prefix is empty, which any value has"
      : "the regular expression is empty, and matches just the empty text",
  help: "Write what to match, or take the match out.",
});

export const matchIgnored = finding({
  code: "STOD0202",
  severity: "warning",
  example: { name: "uri" },
  says: (at: { name: string }) => `${at.name} has a field of its own, and is ignored among headers`,
  help: ({ name }) => `Write it as ${name}: beside headers:.`,
});

export const claimsNotMatched = finding({
  code: "STOD0203",
  severity: "warning",
  example: { name: "@request.auth.claims.group" },
  says: (at: { name: string }) =>
    `stod does not match claims of tokens yet: ${at.name} is looked for as a header, and never there`,
  help: "Match a header that the caller sends, or one that RequestAuthentication will fill once stod acts on it.",
});

export const noSuchHeader = finding({
  code: "STOD0204",
  severity: "error",
  example: { name: "x user" },
  says: (at: { name: string }) => `HTTP knows no header by the name "${at.name}"`,
  help: "Header names are made of letters, digits and dashes.",
});

/** @param at  the route */
export function* checkMatch({ match }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  for (const [nth, one] of match.entries()) yield* checkOne(one, at.field("match").index(nth));
}

function* checkOne(match: HTTPMatchRequest, at: FieldPath): Iterable<Finding> {
  for (const field of ["scheme", "method", "authority"] as const) {
    yield* checkText(match[field], at.field(field));
  }
  if (match.uri?.matchType.case === "regex") yield* checkText(match.uri, at.field("uri"));
  for (const field of ["headers", "withoutHeaders"] as const) {
    for (const [name, value] of Object.entries(match[field])) {
      const here = at.field(field).field(name);
      if (ownFields.has(name)) yield matchIgnored({ at: here, name });
      else if (name.startsWith("@request.auth.claims")) yield claimsNotMatched({ at: here, name });
      else if (!isHeaderName(name) && !pseudoHeaders.has(name)) yield noSuchHeader({ at: here, name });
      yield* checkText(value, here);
    }
  }
  for (const [name, value] of Object.entries(match.queryParams)) {
    yield* checkText(value, at.field("queryParams").field(name));
  }
}

function* checkText(match: HTTPMatchRequest["uri"], at: FieldPath): Iterable<Finding> {
  const how = match?.matchType.case;
  if ((how === "prefix" || how === "regex") && match?.matchType.value === "")
    yield emptyMatch({ at: at.field(how), how });
}
