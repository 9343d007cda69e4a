import type { CorsPolicy, HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { isHeaderName } from "#features/headers/header-name.ts";
import { noSuchHeader } from "#features/match/check.ts";
import { fromIstio } from "#features/match/string-match.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const noOrigin = finding({
  code: "STOD0261",
  severity: "warning",
  says: () => "the policy allows no origin, so browsers keep the answers from every page",
  help: "Add allowOrigins, such as - exact: https://shop.example.",
});

export const credentialsForAll = finding({
  code: "STOD0262",
  severity: "warning",
  says: () => "any page on the web may send its visitors' credentials here, and read the answer",
  help: "Name the origins that may, or take allowCredentials out.",
});

export const notAMethod = finding({
  code: "STOD0263",
  severity: "error",
  example: { method: "get" },
  says: (at: { method: string }) => `HTTP has no method ${at.method}`,
  help: "Methods are written in capitals: GET, POST, PUT, PATCH, DELETE, …; * is any.",
});

export const wholeSeconds = finding({
  code: "STOD0264",
  severity: "warning",
  says: () => "maxAge is told to browsers in whole seconds, so the rest of it is lost",
  help: "Write whole seconds, such as 24h or 90s.",
});

const methods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "*",
]);

/** @param at  the route */
export function* check({ corsPolicy: cors }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  if (cors === undefined) return;
  const here = at.field("corsPolicy");
  if (cors.allowOrigins.length + cors.allowOrigin.length === 0) yield noOrigin({ at: here });
  if (cors.allowCredentials && allowsAll(cors)) yield credentialsForAll({ at: here.field("allowCredentials") });
  for (const [nth, method] of cors.allowMethods.entries()) {
    if (!methods.has(method)) yield notAMethod({ at: here.field("allowMethods").index(nth), method });
  }
  for (const field of ["allowHeaders", "exposeHeaders"] as const) {
    for (const [nth, name] of cors[field].entries()) {
      if (!isHeaderName(name)) yield noSuchHeader({ at: here.field(field).index(nth), name });
    }
  }
  if (cors.maxAge !== undefined && cors.maxAge.nanos > 0) yield wholeSeconds({ at: here.field("maxAge") });
}

function allowsAll({ allowOrigins, allowOrigin }: CorsPolicy): boolean {
  return allowOrigins.some((match) => fromIstio(match).how === "present") || allowOrigin.includes("*");
}
