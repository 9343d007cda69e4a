import type { Allowed, Outgoing } from "./delta.ts";
import { IdSet } from "./id-set.ts";
import type { Meaning, Response } from "./meaning.ts";
import { partOf } from "./part.ts";
import type { SotwRequest } from "./requests.ts";
import type { EncodedResource, TypeUrl } from "./resource.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { clusterType, endpointsType, listenerType } from "./type-urls.ts";
import type { Watch } from "./watch.ts";
import { field, sotwHeader } from "./wire-writer.ts";

/** Of these a response lists all there are, and what it leaves out is removed; of others it updates what it lists. */
const wholeTypes: readonly TypeUrl[] = [clusterType, listenerType];

/** Takes in which names a state-of-the-world request asks for: all of them, each time. */
export function takeSotwNames(
  subscriptions: Subscriptions,
  watch: Watch,
  request: SotwRequest,
  meaning: Meaning,
): void {
  const isFirst = !watch.started;
  watch.started = true;
  const names = new Set(request.names);
  const isLegacyWildcard = names.size === 0 && (isFirst || (watch.wildcard && watch.nameCount === 0));
  const wantsAll = names.delete("*") || isLegacyWildcard;
  if (wantsAll && !watch.wildcard) {
    subscriptions.subscribeAll(watch);
    watch.owesAnswer = true;
  } else if (!wantsAll && watch.wildcard) subscriptions.unsubscribeAll(watch);
  for (const name of [...watch.absent]) if (!names.has(name)) subscriptions.unsubscribe(watch, name);
  for (const id of [...watch.named]) {
    const name = watch.names.nameOf(id);
    if (!names.delete(name)) subscriptions.unsubscribe(watch, name);
  }
  for (const name of names) if (!watch.absent.has(name)) subscriptions.subscribe(watch, name);
  if (watch.typeUrl === endpointsType && (meaning === "resubscribe" || meaning === "ack")) {
    warmAgain(watch, meaning === "resubscribe");
  }
}

/**
 * Envoy asks for endpoints once more when one of its clusters changed, and holds the new cluster back until they come,
 * although they are the ones it has. In this protocol it cannot say for which of the clusters, so it gets all.
 */
function warmAgain(watch: Watch, asksAgain: boolean): void {
  if (!asksAgain && !watch.clustersSent) return;
  watch.clustersSent = false;
  watch.dirty.addAll(watch.named);
  for (const name of watch.absent) watch.missing.add(name);
}

/** Puts the next state-of-the-world response of a type together; `undefined` where there is nothing to say after all. */
export function nextSotw(
  subscriptions: Subscriptions,
  watch: Watch,
  allowed: Allowed,
  nonce: string,
  version: number,
): Outgoing | undefined {
  const isWhole = wholeTypes.includes(watch.typeUrl);
  const ids = isWhole ? wanted(subscriptions, watch) : allowed.changes ? watch.dirty.clone() : new IdSet();
  const isChange = isWhole || !ids.empty;
  const extra = isWhole ? keptForNow(watch, allowed) : emptyEndpoints(watch, allowed);
  watch.dirty.deleteAll(ids);
  watch.missing.clear();
  if (allowed.removals) watch.gone.clear();
  const since = watch.takeSince();
  if (!isChange && extra.length === 0 && !watch.owesAnswer) return undefined;
  watch.owesAnswer = false;
  const had = ids.and(watch.has);
  watch.has.addAll(ids);
  if (watch.typeUrl === clusterType) subscriptions.watches.get(endpointsType)?.noteClustersSent();
  const parts = [...subscriptions.view.parts(watch.typeUrl, ids, "sotw")];
  if (extra.length > 0) parts.push(partOf(extra, "sotw"));
  const resources = parts.flatMap((part) => part.resources);
  return {
    response: { nonce, version, resources, had, removed: [], missing: [], since },
    pieces: [
      sotwHeader({ version: String(version), typeUrl: watch.typeUrl, nonce }),
      ...parts.map((part) => part.bytes),
    ],
  };
}

/** Takes in that a client refused a response: it says not which resource it means, so it may be any of them. */
export function takeSotwRefusal(response: Response): readonly string[] {
  return response.resources.map(({ name }) => name);
}

function wanted({ view }: Subscriptions, watch: Watch): IdSet {
  const all = view.members(watch.typeUrl);
  return watch.wildcard ? all : all.and(watch.named);
}

/** Clusters that are gone, but not before what sends traffic to them has changed: till then they are still listed. */
function keptForNow(watch: Watch, allowed: Allowed): readonly EncodedResource[] {
  return allowed.removals ? [] : [...watch.gone.values()].filter((was) => was !== undefined);
}

/** This protocol cannot say that there are no endpoints of some name; endpoints without any say as much. */
function emptyEndpoints(watch: Watch, allowed: Allowed): readonly EncodedResource[] {
  if (watch.typeUrl !== endpointsType) return [];
  const names = new Set(watch.missing);
  if (allowed.removals) for (const name of watch.gone.keys()) names.add(name);
  return [...names].map((name) => ({ typeUrl: endpointsType, name, version: "", body: field(1, name) }));
}
