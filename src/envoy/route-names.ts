import {
  type HostPort,
  inboundClusterName,
  parseClusterName,
  parsePort,
  parseVirtualHostName,
  virtualHostName,
} from "#envoy/names.ts";

/** The name of a route configuration; {@link RouteConfigurationRef} says which there are. */
export type RouteConfigurationName = string & { readonly is: "RouteConfigurationName" };

export type RouteConfigurationRef =
  /** All HTTP services of a port: `80`. */
  | { readonly of: "port"; readonly port: number }
  /** One service, on a port whose protocol is found by looking: `reviews.shop.svc.cluster.local:80`. */
  | ({ readonly of: "service" } & HostPort)
  /** All HTTP services by `host:port`, for applications that take their sidecar for an HTTP proxy: `http_proxy`. */
  | { readonly of: "http proxy" }
  /** A sidecar's own application: `inbound|9080||`. */
  | { readonly of: "inbound"; readonly port: number }
  /** The HTTP servers of a gateway's port: `http.8080`, or `http.8080.10.0.0.1` where they are bound. */
  | { readonly of: "http gateway"; readonly port: number; readonly bind: string | undefined }
  /** One HTTPS server of a Gateway: `https.443.portname.gateway.namespace`, then the address where it is bound. */
  | {
      readonly of: "https gateway";
      readonly port: number;
      readonly portName: string;
      readonly gateway: string;
      readonly namespace: string;
      readonly bind: string | undefined;
    };

export function routeConfigurationName(ref: RouteConfigurationRef): RouteConfigurationName {
  return writeRef(ref) as RouteConfigurationName;
}

function writeRef(ref: RouteConfigurationRef): string {
  switch (ref.of) {
    case "port":
      return `${ref.port}`;
    case "service":
      return virtualHostName(ref);
    case "http proxy":
      return httpProxy;
    case "inbound":
      return inboundClusterName(ref.port);
    case "http gateway":
      return `http.${ref.port}${suffix(ref.bind)}`;
    case "https gateway":
      return `https.${ref.port}.${ref.portName}.${ref.gateway}.${ref.namespace}${suffix(ref.bind)}`;
  }
}

/** As Istio calls it. */
const httpProxy = "http_proxy";

function suffix(bind: string | undefined): string {
  return bind === undefined ? "" : `.${bind}`;
}

/** The inverse of {@link routeConfigurationName}; `undefined` for a name that is not ours. */
export function parseRouteConfigurationName(name: string): RouteConfigurationRef | undefined {
  return parsePlain(name) ?? parseHttpGateway(name) ?? parseHttpsGateway(name) ?? parseService(name);
}

function parsePlain(name: string): RouteConfigurationRef | undefined {
  if (name === httpProxy) return { of: "http proxy" };
  const port = parsePort(name);
  if (port !== undefined) return { of: "port", port };
  const cluster = parseClusterName(name);
  return cluster?.direction === "inbound" ? { of: "inbound", port: cluster.port } : undefined;
}

function parseService(name: string): RouteConfigurationRef | undefined {
  const service = parseVirtualHostName(name);
  return service && { of: "service", ...service };
}

function parseHttpGateway(name: string): RouteConfigurationRef | undefined {
  const match = /^http\.(\d+)(?:\.(.+))?$/.exec(name);
  const port = parsePort(match?.[1] ?? "");
  return port === undefined || !isAddress(match?.[2] ?? "::")
    ? undefined
    : { of: "http gateway", port, bind: match?.[2] };
}

function parseHttpsGateway(name: string): RouteConfigurationRef | undefined {
  // A Gateway's name may have dots, so the address is tried first, and taken only if the rest still names a server.
  for (const pattern of [
    /^https\.(\d+)\.([^.]+)\.(.+)\.([^.]+)\.((?:\d+\.){3}\d+|[\da-f]*:[\da-f:.]*)$/,
    /^https\.(\d+)\.([^.]+)\.(.+)\.([^.]+)$/,
  ]) {
    const match = pattern.exec(name);
    const port = parsePort(match?.[1] ?? "");
    if (match === null || port === undefined) continue;
    const [, , portName = "", gateway = "", namespace = "", bind] = match;
    return { of: "https gateway", port, portName, gateway, namespace, bind };
  }
  return undefined;
}

function isAddress(text: string): boolean {
  return /^(?:(?:\d+\.){3}\d+|[\da-f]*:[\da-f:.]*)$/.test(text);
}

/** The name under which VHDS asks for a virtual host of a route configuration: `80/reviews.shop.svc.cluster.local:80`. */
export function vhdsName(routes: RouteConfigurationName, authority: string): string {
  return `${routes}/${authority}`;
}

/** The inverse of {@link vhdsName}; `undefined` for a name without a route configuration. */
export function parseVhdsName(name: string): { routes: RouteConfigurationName; authority: string } | undefined {
  const slash = name.indexOf("/");
  if (slash <= 0) return undefined;
  return { routes: name.slice(0, slash) as RouteConfigurationName, authority: name.slice(slash + 1) };
}
