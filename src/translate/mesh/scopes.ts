import { stableJson } from "#base/stable-json.ts";
import type { Labels } from "#model/labels.ts";
import type { ConnectedProxy } from "#model/proxy.ts";
import type { InboundScope, OutboundScope } from "#model/scope.ts";

/** Which scopes a proxy is served from. */
export interface ProxyScopes {
  /** The proxy's. */
  readonly key: string;
  readonly outbound: string;
  /** `undefined` for a gateway: nothing comes in but by its Gateways. */
  readonly inbound: string | undefined;
}

/** @param told  the labels by which routes tell callers apart; sidecars that differ in others see the same */
export function scopesOf(proxy: ConnectedProxy, told: ReadonlySet<string>): ProxyScopes {
  const { kind, namespace, vhds, labels, explicit } = proxy;
  const seen = kind === "gateway" ? labels : pick(labels, told);
  return {
    key: proxy.key,
    outbound: stableJson({ kind, namespace, labels: seen, vhds, explicit }),
    inbound: kind === "gateway" ? undefined : stableJson({ inbound: namespace, labels, explicit }),
  };
}

export function* outboundScope(key: string): Iterable<OutboundScope> {
  yield { key, explicit: undefined, ...(JSON.parse(key) as Omit<OutboundScope, "key" | "explicit">) };
}

export function* inboundScope(key: string): Iterable<InboundScope> {
  const { inbound, labels, explicit } = JSON.parse(key) as { inbound: string; labels: Labels; explicit?: number };
  yield { key, namespace: inbound, labels, explicit };
}

function pick(labels: Labels, names: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.has(name)));
}
