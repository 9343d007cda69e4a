import type { Json, JsonObject } from "./json.ts";
import { isObject, objectsIn, rewrite, without } from "./json.ts";
import type { ProxyConfig } from "./proxy-config.ts";

/** What `stod proxy-config all -o json` printed, as the parts of a proxy's configuration. */
export function proxyConfigIn(dump: JsonObject): ProxyConfig {
  const part = (name: string) =>
    objectsIn(dump.configs).find((one) => String(one["@type"]).endsWith(`.${name}ConfigDump`)) ?? {};
  const named = (objects: readonly JsonObject[], field = "name") =>
    new Map(objects.map((object) => [String(object[field]), object]));
  const listeners = objectsIn(part("Listeners").dynamic_listeners).map((one) => inside(one.active_state, "listener"));
  const clusters = objectsIn(part("Clusters").dynamic_active_clusters).map((one) => inside(one, "cluster"));
  const endpoints = objectsIn(part("Endpoints").dynamic_endpoint_configs).map((one) => withoutNoWeights(one));
  const tables = objectsIn(part("Routes").dynamic_route_configs).map((one) => inside(one, "route_config"));
  const routes = tables.flatMap((table) =>
    objectsIn(table.virtual_hosts).map((host) => [`${table.name}/${host.name}`, host] as const),
  );
  return {
    listeners: named(listeners),
    clusters: named(clusters),
    endpoints: named(endpoints, "cluster_name"),
    tables: new Map(tables.map((table) => [String(table.name), { ...table, virtual_hosts: [] }])),
    routes: new Map(routes),
  };
}

/** Envoy shows a locality that was given no weight with one of 0, which it would not take. */
function withoutNoWeights(endpoints: JsonObject): JsonObject {
  const isNone = (object: JsonObject) => object.load_balancing_weight === 0;
  return rewrite(inside(endpoints, "endpoint_config"), (object) =>
    isNone(object) ? without(object, "load_balancing_weight") : object,
  ) as JsonObject;
}

function inside(value: Json | undefined, field: string): JsonObject {
  const found = isObject(value) ? value[field] : undefined;
  return isObject(found) ? without(found, "@type") : {};
}
