import { inside, type Json, list, partOf, text, texts } from "#apps/cli/proxy-config/dump.ts";

export const routeHead = ["NAME", "VHOST NAME", "DOMAINS", "MATCH", "DESTINATION"];

/** A row for each route, in the order in which Envoy tries them. */
export function routeRows(dump: Json): readonly (readonly string[])[] {
  return routeConfigsOf(dump).flatMap((config) =>
    list(config, "virtual_hosts").flatMap((host) => {
      const domains = texts(host, "domains");
      const shown = domains.length > 1 ? `${domains[0]} + ${domains.length - 1} more` : (domains[0] ?? "-");
      const routes = list(host, "routes");
      const name = text(config, "name");
      // A virtual host that came by itself has the route configuration's name in front.
      const start = [name, text(host, "name").replace(`${name}/`, ""), shown];
      return routes.length === 0
        ? [[...start, "-", "-"]]
        : routes.map((route) => [...start, matchText(route), actionText(route)]);
    }),
  );
}

export function routeConfigsOf(dump: Json): readonly Json[] {
  const part = partOf(dump, "Routes");
  return [...list(part, "dynamic_route_configs"), ...list(part, "static_route_configs")].map((entry) =>
    inside(entry, "route_config"),
  );
}

function matchText(route: Json): string {
  const match = inside(route, "match");
  const path =
    text(match, "path") ||
    (text(match, "prefix") && `${text(match, "prefix")}*`) ||
    (text(match, "path_separated_prefix") && `${text(match, "path_separated_prefix")}/*`) ||
    (text(inside(match, "safe_regex"), "regex") && `regex ${text(inside(match, "safe_regex"), "regex")}`) ||
    "-";
  const headers = list(match, "headers").map((header) => text(header, "name"));
  const queries = list(match, "query_parameters").map((query) => `?${text(query, "name")}`);
  return [path, ...headers, ...queries].join(" ");
}

function actionText(route: Json): string {
  const action = inside(route, "route");
  const weighted = list(inside(action, "weighted_clusters"), "clusters");
  if (weighted.length > 0) return weighted.map((one) => `${text(one, "name")} (${text(one, "weight")})`).join(", ");
  if (text(action, "cluster") !== "") return text(action, "cluster");
  if (text(action, "cluster_header") !== "") return `as header ${text(action, "cluster_header")} says`;
  if ("redirect" in route) return "redirect";
  if ("direct_response" in route) return `answer ${text(inside(route, "direct_response"), "status")}`;
  return "-";
}
