import type { Certificates } from "./certificates.ts";
import { isObject, type Json, type JsonObject, objectsIn, rewrite, without } from "./json.ts";
import type { ProxyConfig } from "./proxy-config.ts";

/** Clusters of every real bootstrap, which listeners and clusters may name. */
const agentClusters = ["xds-grpc", "sds-grpc"].map((name) => ({
  name,
  type: "STATIC",
  typed_extension_protocol_options: {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
}));

/**
 * A bootstrap that holds all of a proxy's configuration, so that an Envoy reads every part of it with no control plane:
 * what would come over RDS, VHDS, EDS and SDS stands where it would be used.
 *
 * @param identity  the SPIFFE id whose throw-away certificate the proxy gets
 */
export function staticBootstrap(config: ProxyConfig, identity: string, certificates: Certificates): JsonObject {
  const inline = (json: JsonObject) =>
    rewrite(json, (object) => withoutOnDemand(withRoutes(withoutSds(object), config)));
  const clusters = [...config.clusters.values()].map((cluster) => withEndpoints(cluster, config));
  const listeners = [...config.listeners.values()];
  const known = new Set(config.clusters.keys());
  return {
    node: { id: "case", cluster: "case" },
    static_resources: {
      listeners: listeners.map(inline),
      clusters: [...clusters.map(inline), ...agentClusters.filter(({ name }) => !known.has(name))],
      secrets: secretsNamedIn([...listeners, ...clusters]).map((secret) => secretOf(secret, identity, certificates)),
    },
    overload_manager: {
      // Envoy warns at each start where this limit is left open.
      resource_monitors: [
        {
          name: "envoy.resource_monitors.global_downstream_max_connections",
          typed_config: {
            "@type":
              "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
            max_active_downstream_connections: "10000",
          },
        },
      ],
    },
  };
}

/** A connection manager's `rds` becomes the table itself, with all of its virtual hosts. */
function withRoutes(object: JsonObject, config: ProxyConfig): JsonObject {
  const { rds } = object;
  if (!isObject(rds)) return object;
  const name = String(rds.route_config_name);
  const table = config.tables.get(name);
  if (table === undefined) throw new Error(`a listener names the route configuration ${name}, and there is none`);
  const prefix = `${name}/`;
  const hosts = [...config.routes].filter(([key]) => key.startsWith(prefix)).map(([, host]) => host);
  const routes = rewrite({ ...without(table, "vhds"), virtual_hosts: hosts }, withoutOnDemand);
  return { ...without(object, "rds"), route_config: routes };
}

/** A secret with no source to ask is looked for among the bootstrap's own. */
function withoutSds(object: JsonObject): JsonObject {
  return "sds_config" in object ? without(object, "sds_config") : object;
}

/** On demand there is nobody to ask. */
function withoutOnDemand(object: JsonObject): JsonObject {
  return String(object["@type"]).includes("filters.http.on_demand.v3") ? without(object, "odcds") : object;
}

/** An EDS cluster becomes a static one, with its endpoints in it. */
function withEndpoints(cluster: JsonObject, config: ProxyConfig): JsonObject {
  if (cluster.type !== "EDS") return cluster;
  const eds = cluster.eds_cluster_config;
  const name = String((isObject(eds) && eds.service_name) || cluster.name);
  const assignment = config.endpoints.get(name) ?? { cluster_name: name };
  return { ...without(cluster, "eds_cluster_config"), type: "STATIC", load_assignment: assignment };
}

interface SecretName {
  readonly name: string;
  readonly holds: "certificate" | "roots";
}

function secretsNamedIn(resources: readonly JsonObject[]): SecretName[] {
  const found = new Map<string, SecretName>();
  const note = (named: Json | undefined, holds: SecretName["holds"]) => {
    if (isObject(named)) found.set(String(named.name), { name: String(named.name), holds });
  };
  rewrite([...resources], (object) => {
    note(object.validation_context_sds_secret_config, "roots");
    for (const each of objectsIn(object.tls_certificate_sds_secret_configs)) note(each, "certificate");
    return object;
  });
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function secretOf({ name, holds }: SecretName, identity: string, certificates: Certificates): JsonObject {
  if (holds === "roots") {
    return { name, validation_context: { trusted_ca: { inline_string: certificates.roots } } };
  }
  const { chain, key } = certificates.of(identity);
  return {
    name,
    tls_certificate: { certificate_chain: { inline_string: chain }, private_key: { inline_string: key } },
  };
}
