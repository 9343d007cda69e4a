import type { Rewrite } from "#features/rewrite/rewrite.ts";
import type { RoutePart } from "#features/route-feature.ts";

/**
 * @writes envoy.config.route.v3.RouteAction.prefix_rewrite
 * @writes envoy.config.route.v3.RouteAction.regex_rewrite
 * @writes envoy.config.route.v3.RouteAction.host_rewrite_literal
 */
export function toEnvoy({ authority, path }: Rewrite): RoutePart {
  return {
    action: {
      ...(path?.how === "matched" && { prefixRewrite: path.text }),
      ...(path?.how === "regex" && {
        regexRewrite: { pattern: { regex: path.match }, substitution: path.substitution },
      }),
      ...(authority !== undefined && { hostRewriteSpecifier: { case: "hostRewriteLiteral", value: authority } }),
    },
  };
}
