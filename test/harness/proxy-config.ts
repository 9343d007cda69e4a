import type { DescMessage } from "@bufbuild/protobuf";
import { fromBinary } from "@bufbuild/protobuf";
import { typeUrlOf } from "#envoy/any.ts";
import { ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { ClusterLoadAssignmentSchema } from "#envoy/gen/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { VirtualHostSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import { toEnvoyJson } from "#envoy/json.ts";
import { parseVhdsName } from "#envoy/route-names.ts";
import type { EncodedResource } from "#xds/resource.ts";
import { type JsonObject, objectsIn, without } from "./json.ts";

export type ByName = ReadonlyMap<string, JsonObject>;

/** All that one proxy is told, as Envoy's JSON, each by its name. */
export interface ProxyConfig {
  readonly listeners: ByName;
  readonly clusters: ByName;
  readonly endpoints: ByName;
  /** Route configurations without their virtual hosts. */
  readonly tables: ByName;
  /** Virtual hosts by `route configuration/virtual host`, however they travel. */
  readonly routes: ByName;
}

const schemas = {
  listeners: ListenerSchema,
  clusters: ClusterSchema,
  endpoints: ClusterLoadAssignmentSchema,
  tables: RouteConfigurationSchema,
  routes: VirtualHostSchema,
} satisfies Record<keyof ProxyConfig, DescMessage>;

export async function readProxyConfig(resources: Iterable<EncodedResource>): Promise<ProxyConfig> {
  const config = {
    listeners: new Map(),
    clusters: new Map(),
    endpoints: new Map(),
    tables: new Map(),
    routes: new Map(),
  };
  const parts = Object.entries(schemas) as [keyof ProxyConfig, DescMessage][];
  for (const { typeUrl, name, body } of [...resources].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const [part, schema] = parts.find(([, each]) => typeUrlOf(each) === typeUrl) ?? [];
    if (part === undefined || schema === undefined) continue;
    const json = (await toEnvoyJson(schema, fromBinary(schema, body))) as JsonObject;
    if (part === "tables") {
      config.tables.set(name, without(json, "virtual_hosts"));
      for (const host of objectsIn(json.virtual_hosts)) config.routes.set(`${name}/${host.name}`, host);
    } else if (part === "routes") {
      // Over VHDS it is called as its resource; shown is what it is called in its route configuration.
      config.routes.set(name, { ...json, name: parseVhdsName(name)?.authority ?? name });
    } else {
      config[part].set(name, json);
    }
  }
  return config;
}
