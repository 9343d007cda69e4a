import { proxyTitle } from "#model/proxy.ts";
import type { ConnectedClient } from "#xds/connected-client.ts";
import type { TypeStatus } from "#xds/status.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { HttpFault, type Routes } from "./http.ts";
import { ingredient } from "./rollouts.ts";

const shortNames: Readonly<Record<string, string>> = {
  Cluster: "CDS",
  ClusterLoadAssignment: "EDS",
  Listener: "LDS",
  RouteConfiguration: "RDS",
  VirtualHost: "VHDS",
  Secret: "SDS",
};

/** Who is connected, and how up to date each is. */
export function proxyRoutes(parts: ControlPlaneParts): Routes {
  const { directory, publisher } = parts;
  return {
    "GET /v1/proxies": () => ({ proxies: [...directory.proxies.keys()].map((client) => shown(parts, client)) }),
    "GET /v1/proxies/:name/resources": ({ path, query }) => {
      const found = [...directory.proxies].find(([, proxy]) => proxyTitle(proxy) === path.name);
      if (found === undefined)
        throw new HttpFault(404, `no proxy ${path.name} is connected`, "List them: stod proxy-status");
      const [client] = found;
      const only = query.get("type");
      const resources = client.layers.flatMap((layer) =>
        [...layer.types].flatMap((typeUrl) =>
          only !== null && shortName(typeUrl) !== only
            ? []
            : [...layer.names(typeUrl)].map((name) => ({
                type: shortName(typeUrl),
                name,
                version: layer.get(typeUrl, name)?.version,
                madeFrom: publisher.madeFrom(client, typeUrl, name).map(ingredient),
              })),
        ),
      );
      return { resources };
    },
  };
}

export function shortName(typeUrl: string): string {
  const message = typeUrl.slice(typeUrl.lastIndexOf(".") + 1);
  return shortNames[message] ?? message;
}

/** Whether a client has acknowledged all that it was sent. */
export function isSynced(client: ConnectedClient): boolean {
  return client.status.every(({ state }) => state === "synced");
}

function shown({ directory }: ControlPlaneParts, client: ConnectedClient) {
  const proxy = directory.proxies.get(client);
  const { STOD_VERSION: version } = client.node.metadata ?? {};
  return {
    name: proxy?.name ?? client.node.id,
    namespace: proxy?.namespace ?? "",
    kind: proxy?.kind,
    nodeId: client.node.id,
    version: typeof version === "string" ? version : "",
    envoy: envoyVersion(client),
    connectedAt: client.connectedAt.toISOString(),
    types: Object.fromEntries(client.status.map((status) => [shortName(status.typeUrl), withoutType(status)])),
  };
}

function withoutType({ typeUrl: _, ...status }: TypeStatus): Omit<TypeStatus, "typeUrl"> {
  return status;
}

function envoyVersion({ node }: ConnectedClient): string {
  if (node.userAgentVersionType.case !== "userAgentBuildVersion") return "";
  const version = node.userAgentVersionType.value.version;
  return version === undefined ? "" : `${version.majorNumber}.${version.minorNumber}.${version.patch}`;
}
