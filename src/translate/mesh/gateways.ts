import { commonHosts } from "#api/hosts.ts";
import type { GatewayObject } from "#api/objects.ts";
import { servedProtocols } from "#features/gateway/check.ts";
import type { GatewayServer, MeshGateway } from "#model/gateway.ts";
import type { Routing } from "#model/routing.ts";

/**
 * @reads networking.istio.io/v1 Gateway spec.selector
 * @reads networking.istio.io/v1 Gateway spec.servers[].port
 * @reads networking.istio.io/v1 Gateway spec.servers[].bind
 * @reads networking.istio.io/v1 Gateway spec.servers[].hosts
 * @reads networking.istio.io/v1 Gateway spec.servers[].tls.httpsRedirect
 */
export function* gatewayOf({ key, metadata, spec }: GatewayObject): Iterable<MeshGateway> {
  const servers: GatewayServer[] = spec.servers
    .filter(({ port }) => port !== undefined && servedProtocols.has(port.protocol.toUpperCase()))
    .map(({ port, bind, hosts, tls }) => ({
      port: port?.number ?? 0,
      bind: bind || undefined,
      hosts: hosts.map((host) => serverHost(host, metadata.namespace)),
      httpsRedirect: tls?.httpsRedirect ?? false,
    }));
  yield { key, namespace: metadata.namespace, selector: spec.selector, servers };
}

/** `*` before the slash is any namespace, `.` the gateway's own; without a slash it is any. */
function serverHost(text: string, own: string): GatewayServer["hosts"][number] {
  const slash = text.indexOf("/");
  if (slash === -1) return { namespace: undefined, host: text };
  const namespace = text.slice(0, slash);
  return {
    namespace: namespace === "*" ? undefined : namespace === "." ? own : namespace,
    host: text.slice(slash + 1),
  };
}

/** The hosts of a routing that a server lets in. */
export function hostsAt(server: GatewayServer, routing: Routing): string[] {
  const open = server.hosts.filter(({ namespace }) => namespace === undefined || namespace === routing.namespace);
  return commonHosts(
    open.map(({ host }) => host),
    routing.hosts,
  );
}
