import type { Labels } from "#model/labels.ts";

/** Ports that a gateway opens, and the hosts it opens them for. */
export interface MeshGateway {
  /** `namespace/name` of the object. */
  readonly key: string;
  readonly namespace: string;
  /** Picks the proxies that carry it out. */
  readonly selector: Labels;
  readonly servers: readonly GatewayServer[];
}

export interface GatewayServer {
  readonly port: number;
  /** The address to listen on; `undefined` for all. */
  readonly bind: string | undefined;
  /** Hosts that are let in, may be wildcards; each for the routings of one namespace, or of any. */
  readonly hosts: readonly { readonly namespace: string | undefined; readonly host: string }[];
  /** Sends plain HTTP callers to HTTPS. */
  readonly httpsRedirect: boolean;
}
