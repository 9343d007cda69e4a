import type { Labels } from "#model/labels.ts";

/** A proxy, as its node tells (and its identity proves). */
export interface ConnectedProxy {
  /** `name.namespace`, and the service account that was proven: nobody takes another's place by taking its name. */
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly kind: "sidecar" | "gateway";
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly addresses: readonly string[];
  readonly locality: string | undefined;
  /** Its place on the loopback, where nothing is captured and it listens for each destination; else `undefined`. */
  readonly explicit: number | undefined;
  /** It takes virtual hosts one by one; else they come inside their route configuration. */
  readonly vhds: boolean;
}

/** What a proxy is called in messages. */
export function proxyTitle({ name, namespace }: ConnectedProxy): string {
  return `${name}.${namespace}`;
}
