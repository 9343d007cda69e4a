import { addressText, inside, type Json, list, text } from "#apps/cli/proxy-config/dump.ts";

export const endpointHead = ["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"];

/** @param clusters  what Envoy answers at `/clusters?format=json` */
export function endpointRows(clusters: Json): readonly (readonly string[])[] {
  return list(clusters, "cluster_statuses").flatMap((cluster) =>
    list(cluster, "host_statuses").map((host) => {
      const health = inside(host, "health_status");
      const failed = text(health, "failed_outlier_check") === "true";
      const status = text(health, "eds_health_status") || "HEALTHY";
      return [addressText(inside(host, "address")), status, failed ? "FAILED" : "OK", text(cluster, "name")];
    }),
  );
}
