import { IdSet } from "./id-set.ts";
import type { Response } from "./meaning.ts";
import type { DeltaRequest } from "./requests.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { virtualHostType } from "./type-urls.ts";
import type { Watch } from "./watch.ts";
import { deltaHeader, unresolvedEntry } from "./wire-writer.ts";

/** A response on the wire, and what it is. */
export interface Outgoing {
  readonly response: Response;
  readonly pieces: readonly Uint8Array[];
}

/** What may go out of a type now. */
export interface Allowed {
  readonly changes: boolean;
  readonly removals: boolean;
}

/** Takes in what a delta request says about names; its ACK or NACK is another matter. */
export function takeDeltaNames(subscriptions: Subscriptions, watch: Watch, request: DeltaRequest): void {
  const isFirst = !watch.started;
  watch.started = true;
  const has = isFirst ? request.initialVersions : new Map<string, string>();
  for (const name of request.unsubscribe) {
    if (name === "*") subscriptions.unsubscribeAll(watch);
    else subscriptions.unsubscribe(watch, name);
  }
  // A first request without names means all, and so it has been since before there was "*".
  const wantsAll = request.subscribe.includes("*") || (isFirst && request.subscribe.length === 0);
  if (wantsAll && !watch.wildcard) {
    subscriptions.subscribeAll(watch, has);
    watch.owesAnswer = true;
  }
  for (const name of request.subscribe) if (name !== "*") subscriptions.subscribe(watch, name, has);
  if (has.size > 0) subscriptions.takeBack(watch, has);
}

/** Puts the next delta response of a type together; `undefined` where there is nothing to say after all. */
export function nextDelta(
  subscriptions: Subscriptions,
  watch: Watch,
  allowed: Allowed,
  nonce: string,
  version: number,
): Outgoing | undefined {
  const ofSuspects = allowed.changes && watch.suspects.length > 0;
  const ids = allowed.changes ? (ofSuspects ? takeSuspects(subscriptions, watch) : watch.dirty.take()) : new IdSet();
  if (ofSuspects) watch.dirty.deleteAll(ids);
  const missing = [...watch.missing];
  const isOnDemand = watch.typeUrl === virtualHostType;
  const removed = allowed.removals ? [...watch.gone.keys()] : [];
  watch.missing.clear();
  if (allowed.removals) watch.gone.clear();
  const parts = subscriptions.view.parts(watch.typeUrl, ids, "delta");
  const since = watch.takeSince();
  if (parts.length === 0 && removed.length + missing.length === 0 && !watch.owesAnswer) return undefined;
  watch.owesAnswer = false;
  const had = ids.within(watch.has) ? ids : ids.and(watch.has);
  watch.has.addAll(ids);
  const resources = parts.length === 1 && parts[0] ? parts[0].resources : parts.flatMap((part) => part.resources);
  const notThere = isOnDemand ? removed : [...removed, ...missing];
  const header = deltaHeader({ version: String(version), typeUrl: watch.typeUrl, nonce, removed: notThere });
  // A request that waits in Envoy for a virtual host goes on only if an answer bears its name; a removal does not.
  const unresolved = isOnDemand ? missing.map(unresolvedEntry) : [];
  return {
    response: { nonce, version, resources, had, removed, missing, since },
    pieces: [header, ...unresolved, ...parts.map((part) => part.bytes)],
  };
}

/**
 * Takes in that a client refused a response. Which of its resources it means is found by sending them again in halves,
 * so that one bad resource holds up no good one.
 *
 * @returns the names that are refused for good; none while that is still to be found out
 */
export function takeDeltaRefusal(
  subscriptions: Subscriptions,
  watch: Watch,
  response: Response,
  message: string,
): readonly string[] {
  const names = response.resources.map(({ name }) => name);
  if (names.length === 0) return [...response.removed, ...response.missing];
  // The removals in it were not done either, and hardly are what is wrong.
  for (const name of response.removed) {
    const id = watch.names.idOf(name);
    if (id !== undefined && isDue(subscriptions, watch, id)) subscriptions.stillHas(watch, id, response.since);
    else watch.markGone(name, undefined, response.since);
  }
  for (const name of names) {
    const id = watch.names.idOf(name);
    // Never had before, and not taken now.
    if (id !== undefined && !response.had.has(id)) watch.has.delete(id);
  }
  for (const name of response.missing) if (watch.absent.has(name)) watch.markMissing(name, response.since);
  if (names.length > 1) {
    const half = Math.ceil(names.length / 2);
    watch.markSuspects([names.slice(0, half), names.slice(half)], response.since);
    return [];
  }
  for (const { name, version } of response.resources) watch.refused.set(name, { version, message });
  return names;
}

function takeSuspects(subscriptions: Subscriptions, watch: Watch): IdSet {
  const ids = new IdSet();
  for (const name of watch.suspects.shift() ?? []) {
    const id = watch.names.idOf(name);
    // What the client has dropped or lost since then is no suspect any more.
    if (id !== undefined && isDue(subscriptions, watch, id)) ids.add(id);
  }
  return ids;
}

function isDue(subscriptions: Subscriptions, watch: Watch, id: number): boolean {
  return subscriptions.wants(watch, id) && subscriptions.view.find(watch.typeUrl, id) !== undefined;
}
