import { join } from "node:path";
import { isObject, type Json, type JsonObject, objectsIn, without } from "./json.ts";

/**
 * Answers with the socket that stands in for an address, such as `10.128.0.11:9080`, or for a cluster that goes wherever a
 * connection was going, by the cluster's name.
 *
 * @param tls  whether Envoy calls there over TLS
 */
export type StandIn = (address: string, tls: boolean) => Promise<string>;

/** A configuration that can run anywhere, and how to get in. */
export interface OnLoopback {
  readonly bootstrap: JsonObject;
  /** The socket of each listener that is bound, by the listener's name. */
  readonly doors: ReadonlyMap<string, string>;
}

/**
 * Puts a configuration onto unix sockets: listeners listen there, and every address that a cluster leads to is stood in for.
 *
 * Captured connections need no capture then: the PROXY protocol says where a connection was going, and Envoy treats that as
 * it treats a redirected connection's original destination. So the way through 15001 and 15006 is the real one.
 */
export async function onLoopback(bootstrap: JsonObject, directory: string, standIn: StandIn): Promise<OnLoopback> {
  const { static_resources: resources } = bootstrap;
  if (!isObject(resources)) throw new Error("a bootstrap without static resources");
  const doors = new Map<string, string>();
  const listeners = objectsIn(resources.listeners).map((listener) => {
    if (listener.bind_to_port === false) return listener;
    const path = join(directory, `in-${doors.size}.sock`);
    doors.set(String(listener.name), path);
    return door(listener, path);
  });
  const clusters = await Promise.all(objectsIn(resources.clusters).map((cluster) => standInFor(cluster, standIn)));
  return { bootstrap: { ...bootstrap, static_resources: { ...resources, listeners, clusters } }, doors };
}

const originalDst = "type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst";
const proxyProtocol = {
  name: "proxy_protocol",
  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol" },
};

/** The listener on a unix socket, told by the PROXY protocol where its connections were going. */
function door(listener: JsonObject, path: string): JsonObject {
  const filters = objectsIn(listener.listener_filters).filter(({ typed_config: config }) => {
    return !isObject(config) || config["@type"] !== originalDst;
  });
  return {
    ...without(
      listener,
      "socket_options",
      "connection_balance_config",
      "transparent",
      "freebind",
      "additional_addresses",
    ),
    address: { pipe: { path } },
    listener_filters: [proxyProtocol, ...filters],
  };
}

async function standInFor(cluster: JsonObject, standIn: StandIn): Promise<JsonObject> {
  const bare = without(cluster, "upstream_bind_config", "cleanup_interval");
  if (cluster.type === "ORIGINAL_DST") {
    const name = String(cluster.name);
    const endpoint = { address: { pipe: { path: await standIn(name, callsOverTls(cluster, {})) } } };
    const assignment = { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] };
    return { ...without(bare, "original_dst_lb_config", "lb_policy"), type: "STATIC", load_assignment: assignment };
  }
  const assignment = cluster.load_assignment;
  if (!isObject(assignment)) return bare;
  const localities = objectsIn(assignment.endpoints).map(async (locality) => {
    const endpoints = objectsIn(locality.lb_endpoints).map((endpoint) => moved(cluster, endpoint, standIn));
    return { ...locality, lb_endpoints: await Promise.all(endpoints) };
  });
  return { ...bare, type: "STATIC", load_assignment: { ...assignment, endpoints: await Promise.all(localities) } };
}

async function moved(cluster: JsonObject, lbEndpoint: JsonObject, standIn: StandIn): Promise<JsonObject> {
  const { endpoint } = lbEndpoint;
  const path = await standIn(addressOf(endpoint), callsOverTls(cluster, lbEndpoint));
  return { ...lbEndpoint, endpoint: { ...(isObject(endpoint) ? endpoint : {}), address: { pipe: { path } } } };
}

function addressOf(endpoint: Json | undefined): string {
  const address = isObject(endpoint) ? endpoint.address : undefined;
  const socket = isObject(address) ? address.socket_address : undefined;
  return isObject(socket) ? `${socket.address}:${socket.port_value}` : "";
}

/** Whether Envoy speaks TLS to an endpoint: by the first transport that its metadata matches, else the cluster's own. */
function callsOverTls(cluster: JsonObject, lbEndpoint: JsonObject): boolean {
  const told = at(lbEndpoint, "metadata", "filter_metadata", "envoy.transport_socket_match");
  const matching = objectsIn(cluster.transport_socket_matches).find(({ match }) => {
    const wanted = Object.entries(isObject(match) ? match : {});
    return wanted.every(([key, value]) => isObject(told) && told[key] === value);
  });
  const type = at((matching ?? cluster).transport_socket, "typed_config", "@type");
  return String(type).endsWith("UpstreamTlsContext");
}

/** What lies at the end of a path of fields; `undefined` where it breaks off. */
function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, field) => (isObject(inner) ? inner[field] : undefined), value);
}
