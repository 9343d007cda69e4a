import type { ObjectName, Refusal, Rollout } from "#apps/cli/api-client.ts";
import { visibleLine } from "#base/visible.ts";

/** What a type of resource is called in messages. */
const resourceNames: Readonly<Record<string, string>> = {
  Cluster: "cluster",
  ClusterLoadAssignment: "endpoints of",
  Listener: "listener",
  RouteConfiguration: "route configuration",
  VirtualHost: "virtual host",
  Secret: "secret",
};

/** How a change came to the proxies, as a person reads it. */
export function rolloutText({ proxies, live, ms, refusals }: Rollout): string {
  if (proxies === 0) return "no proxy is concerned";
  const lines = [`live on ${live} of ${proxies} ${proxies === 1 ? "proxy" : "proxies"} in ${Math.round(ms)} ms`];
  return [...lines, ...refusals.map(refusalText)].join("\n");
}

/** A refusal: whose proxy, which resource, which of the user's objects it was made from, and Envoy's own words last. */
export function refusalText({ proxy, typeUrl, resource, madeFrom, envoySays }: Refusal): string {
  const message = typeUrl.slice(typeUrl.lastIndexOf(".") + 1);
  const what = resourceNames[message] ?? message;
  const from = madeFrom.length === 0 ? [] : [`  Made from: ${madeFrom.map(objectText).join(", ")}.`];
  return [
    `error STOD0901  proxy ${proxy} refused the ${what} ${resource}, and keeps the one it had`,
    ...from,
    `  Envoy says: ${envoySays.trim()}`,
  ].join("\n");
}

/** Whether the change is everywhere it should be. */
export function isLive(rollout: Rollout | undefined): boolean {
  return rollout === undefined || (rollout.live === rollout.proxies && rollout.refusals.length === 0);
}

export function objectText(object: ObjectName | string): string {
  return visibleLine(typeof object === "string" ? object : `${object.kind} ${object.namespace}/${object.name}`);
}
