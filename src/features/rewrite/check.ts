import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { isAuthority } from "#features/headers/header-name.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const rewritesNothing = finding({
  code: "STOD0231",
  severity: "warning",
  says: () => "the rewrite changes nothing",
  help: "Write uri, uriRegexRewrite or authority, or take rewrite out.",
});

export const doubleSlash = finding({
  code: "STOD0232",
  severity: "warning",
  example: { prefix: "/api", uri: "/", example: "//x" },
  says: (at: { prefix: string; uri: string; example: string }) =>
    `the prefix ${at.prefix} becomes ${at.uri}, so ${at.prefix}/x is sent on as ${at.example}`,
  help: ({ prefix }) => `Match exact: ${prefix} and prefix: ${prefix}/ one beside the other, both rewritten to uri: /.`,
});

export const twoPathRewrites = finding({
  code: "STOD0233",
  severity: "error",
  says: () => "uri and uriRegexRewrite exclude each other, and uriRegexRewrite counts",
  help: "Take one of the two out.",
});

export const emptyPattern = finding({
  code: "STOD0234",
  severity: "error",
  says: () => "uriRegexRewrite has no match, and rewrites nothing",
  help: "Write the regular expression that the whole path is to match.",
});

export const noAuthority = finding({
  code: "STOD0235",
  severity: "error",
  example: { authority: "no host" },
  says: (at: { authority: string }) => `"${at.authority}" is no host, so that of the request stays`,
  help: "Write a host name, with a port if need be, such as reviews.shop:9080.",
});

/** @param at  the route */
export function* check({ rewrite, match }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  if (rewrite === undefined) return;
  const { uri, authority, uriRegexRewrite: regex } = rewrite;
  const here = at.field("rewrite");
  if (uri === "" && authority === "" && regex === undefined) yield rewritesNothing({ at: here });
  if (authority !== "" && !isAuthority(authority)) yield noAuthority({ at: here.field("authority"), authority });
  if (regex !== undefined && regex.match === "") yield emptyPattern({ at: here.field("uriRegexRewrite") });
  if (regex !== undefined && uri !== "") yield twoPathRewrites({ at: here.field("uri") });
  if (regex !== undefined || !uri.endsWith("/")) return;
  for (const { uri: matched } of match) {
    if (matched?.matchType.case !== "prefix") continue;
    const prefix = matched.matchType.value;
    if (!prefix.endsWith("/")) yield doubleSlash({ at: here.field("uri"), prefix, uri, example: `${uri}/x` });
  }
}
