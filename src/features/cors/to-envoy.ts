import { any } from "#envoy/any.ts";
import { CorsPolicySchema, CorsSchema } from "#envoy/gen/envoy/extensions/filters/http/cors/v3/cors_pb.js";
import type { Cors } from "#features/cors/cors.ts";
import { stringMatcher } from "#features/match/string-match.ts";
import type { HttpFilterInit, RoutePart } from "#features/route-feature.ts";

const name = "envoy.filters.http.cors";

export const filter: HttpFilterInit = {
  name,
  disabled: true,
  configType: { case: "typedConfig", value: any(CorsSchema, {}) },
};

/** @writes envoy.extensions.filters.http.cors.v3.CorsPolicy */
export function toEnvoy(cors: Cors): RoutePart {
  const policy = any(CorsPolicySchema, {
    allowOriginStringMatch: cors.allowOrigins.map((match) =>
      stringMatcher(match.how === "present" ? { how: "regex", text: ".*" } : match),
    ),
    allowMethods: cors.allowMethods.join(","),
    allowHeaders: cors.allowHeaders.join(","),
    exposeHeaders: cors.exposeHeaders.join(","),
    maxAge: cors.maxAge ? String(Math.trunc(cors.maxAge.ms / 1000)) : "",
    allowCredentials: cors.allowCredentials,
    forwardNotMatchingPreflights: cors.unmatchedPreflights && cors.unmatchedPreflights === "forward",
  });
  return { filters: { [name]: policy } };
}
