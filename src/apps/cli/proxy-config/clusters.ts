import { inside, type Json, list, partOf, text } from "#apps/cli/proxy-config/dump.ts";
import { parseClusterName } from "#envoy/names.ts";

export const clusterHead = ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "CIRCUIT BREAKER"];

/** The clusters, the mesh's own services first. */
export function clusterRows(dump: Json): readonly (readonly string[])[] {
  return clustersOf(dump)
    .map((cluster) => {
      const name = text(cluster, "name");
      const ref = parseClusterName(name);
      const type = text(cluster, "type") || text(inside(cluster, "cluster_type"), "name") || "STATIC";
      const what =
        ref === undefined
          ? [name, "-", "-", "-"]
          : [ref.host || name, String(ref.port), ref.subset ?? "-", ref.direction];
      return [...what, type, breakerText(cluster)];
    })
    .sort((a, b) => (a.join("\n") < b.join("\n") ? -1 : 1));
}

export function clustersOf(dump: Json): readonly Json[] {
  const part = partOf(dump, "Clusters");
  const entries = [
    ...list(part, "dynamic_active_clusters"),
    ...list(part, "dynamic_warming_clusters"),
    ...list(part, "static_clusters"),
  ];
  return entries.map((entry) => inside(entry, "cluster"));
}

function breakerText(cluster: Json): string {
  const [limits] = list(inside(cluster, "circuit_breakers"), "thresholds");
  if (limits === undefined) return "-";
  const said = ["max_connections", "max_pending_requests", "max_requests", "max_retries"].flatMap((field) => {
    const value = text(limits, field);
    return value === "" || value === "4294967295" ? [] : [`${field}=${value}`];
  });
  return said.join(" ") || "-";
}
