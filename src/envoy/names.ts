/**
 * The names that Envoy's resources have, each made and read back here and nowhere else. They are Istio's, so that
 * `istioctl proxy-config`, EnvoyFilter patches and dashboards find what they look for.
 */

/** The name of an Envoy cluster, such as `outbound|80|v2|reviews.shop.svc.cluster.local` or `inbound|9080||`. */
export type ClusterName = string & { readonly is: "ClusterName" };

const directions = ["outbound", "inbound", "inbound-vip"] as const;
export type Direction = (typeof directions)[number];

export interface ClusterRef {
  readonly direction: Direction;
  readonly port: number;
  readonly subset: string | undefined;
  /** The service's host; empty on the inbound side, which knows only the port. */
  readonly host: string;
}

export function clusterName({ direction, port, subset, host }: ClusterRef): ClusterName {
  return `${direction}|${port}|${subset ?? ""}|${host}` as ClusterName;
}

/** The cluster of a sidecar's own application on one port. */
export function inboundClusterName(port: number): ClusterName {
  return clusterName({ direction: "inbound", port, subset: undefined, host: "" });
}

/** The inverse of {@link clusterName}; `undefined` for a name that is not one of a service, such as `BlackHoleCluster`. */
export function parseClusterName(name: string): ClusterRef | undefined {
  const [direction = "", port = "", subset, host, ...rest] = name.split("|");
  if (host === undefined || rest.length > 0) return undefined;
  return clusterRef(direction, port, subset, host);
}

function clusterRef(direction: string, port: string, subset: string | undefined, host: string): ClusterRef | undefined {
  const number = parsePort(port);
  if (!isDirection(direction) || number === undefined) return undefined;
  return { direction, port: number, subset: subset || undefined, host };
}

function isDirection(word: string): word is Direction {
  return (directions as readonly string[]).includes(word);
}

/** The cluster that goes nowhere: connections are closed, requests answered with 503. */
export const blackHoleCluster = "BlackHoleCluster" as ClusterName;
/** To {@link tunnelListener}, within the same Envoy. */
export const tunnelCluster = "http_proxy_tunnels" as ClusterName;
/** Outbound traffic to where it was going, for destinations that the mesh does not know. */
export const passthroughCluster = "PassthroughCluster" as ClusterName;
/** Inbound traffic to the port it came for, where no service names that port. */
export const inboundPassthroughCluster = "InboundPassthroughCluster" as ClusterName;
/** The agent's relay to the control plane, in each bootstrap. */
export const xdsCluster = "xds-grpc" as ClusterName;
/** The agent's certificates, in each bootstrap. */
export const sdsCluster = "sds-grpc" as ClusterName;

/** The SDS name of a workload's own certificate and key. */
export const ownSecret = "default";
/** The SDS name of the roots that peers are checked against. */
export const rootsSecret = "ROOTCA";

/** The server name that a sidecar sends in TLS to a cluster, such as `outbound_.80_.v2_.reviews.shop.svc.cluster.local`. */
export function sniOf({ direction, port, subset, host }: ClusterRef): string {
  return `${direction}_.${port}_.${subset ?? ""}_.${host}`;
}

/** The inverse of {@link sniOf}; `undefined` for a server name that no sidecar made. */
export function parseSni(sni: string): ClusterRef | undefined {
  const match = /^([a-z-]+)_\.(\d+)_\.(.*?)_\.(.*)$/.exec(sni);
  if (match === null) return undefined;
  const [, direction = "", port = "", subset, host = ""] = match;
  return clusterRef(direction, port, subset, host);
}

/** The name of a listener, such as `virtualInbound`, `0.0.0.0_80` or `10.0.0.1_80`. */
export type ListenerName = string & { readonly is: "ListenerName" };

/** Takes all captured outbound connections (15001) and hands each to the listener of its original destination. */
export const virtualOutbound = "virtualOutbound" as ListenerName;
/** Takes all captured inbound connections (15006). */
export const virtualInbound = "virtualInbound" as ListenerName;

/** Takes what applications send as to an HTTP proxy. */
export const httpProxyListener = "http_proxy" as ListenerName;
/** Takes what comes through a tunnel that {@link httpProxyListener} has opened. */
export const tunnelListener = "http_proxy_tunnels" as ListenerName;

export interface ListenerRef {
  readonly address: string;
  readonly port: number;
  readonly transport: "tcp" | "quic";
}

export function listenerName({ address, port, transport }: ListenerRef): ListenerName {
  return `${transport === "quic" ? "udp_" : ""}${address}_${port}` as ListenerName;
}

/** The inverse of {@link listenerName}; `undefined` for a listener without an address in its name. */
export function parseListenerName(name: string): ListenerRef | undefined {
  const match = /^(udp_)?([^_]+)_(\d+)$/.exec(name);
  const port = parsePort(match?.[3] ?? "");
  if (match === null || port === undefined) return undefined;
  return { address: match[2] as string, port, transport: match[1] === undefined ? "tcp" : "quic" };
}

/** The name of a virtual host, and also the authority it answers to: `reviews.shop.svc.cluster.local:80`, `[2001:db8::1]:80`. */
export type VirtualHostName = string & { readonly is: "VirtualHostName" };

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export function virtualHostName({ host, port }: HostPort): VirtualHostName {
  return (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`) as VirtualHostName;
}

/** The inverse of {@link virtualHostName}; `undefined` for one without a port, such as `allow_any`. */
export function parseVirtualHostName(name: string): HostPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(name);
  const port = parsePort(match?.[3] ?? "");
  const host = match?.[1] ?? match?.[2];
  return port === undefined || host === undefined ? undefined : { host, port };
}

/** Sends what no other virtual host of a route configuration takes to {@link passthroughCluster}. */
export const allowAnyVirtualHost = "allow_any" as VirtualHostName;
/** Refuses what no other virtual host of a route configuration takes. */
export const blockAllVirtualHost = "block_all" as VirtualHostName;

/** The only virtual host of an inbound route configuration, such as `inbound|http|9080`. */
export function inboundVirtualHostName(port: number): VirtualHostName {
  return `inbound|http|${port}` as VirtualHostName;
}

/** A port in decimal; `undefined` where the text is none. */
export function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}
