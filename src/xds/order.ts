import type { TypeUrl } from "./resource.ts";
import {
  clusterType,
  endpointsType,
  listenerType,
  routesType,
  scopedRoutesType,
  virtualHostType,
} from "./type-urls.ts";

/** What goes on with one type on one stream. */
export interface Activity {
  /** Resources are to be sent. */
  readonly changes: boolean;
  /** Removals are to be sent. */
  readonly removals: boolean;
  /** A response with resources waits for its ACK. */
  readonly unacknowledged: boolean;
}

/** What goes on with each type that the client is subscribed to. */
export type Activities = (typeUrl: TypeUrl) => Activity | undefined;

const makeBeforeBreak: readonly TypeUrl[] = [
  clusterType,
  endpointsType,
  listenerType,
  scopedRoutesType,
  routesType,
  virtualHostType,
];

/** What sends traffic to clusters. */
const senders: readonly TypeUrl[] = [listenerType, scopedRoutesType, routesType, virtualHostType];

/** Where a type stands in make-before-break order; types that are in no relation to others come first. */
export function rankOf(typeUrl: TypeUrl): number {
  return makeBeforeBreak.indexOf(typeUrl);
}

/**
 * Whether changed resources of a type may go out now.
 *
 * A client reads its stream in order, so most types follow each other at once. A new cluster however is ready only when
 * the client has asked for its endpoints and got them: what sends traffic to it waits for that. Envoy asks before it
 * acknowledges the clusters, so when those are acknowledged and no endpoints are on their way, the clusters are warm.
 *
 * @param clustersChanged  clusters were sent, and their endpoints may not all be acknowledged yet
 */
export function mayChange(typeUrl: TypeUrl, activities: Activities, clustersChanged: boolean): boolean {
  if (!senders.includes(typeUrl)) return true;
  const clusters = activities(clusterType);
  if (clusters?.changes || clusters?.unacknowledged) return false;
  const endpoints = activities(endpointsType);
  if (clustersChanged && (endpoints?.changes || endpoints?.unacknowledged)) return false;
  // Virtual hosts for a route configuration that the client does not have are dropped by it without a word.
  return typeUrl !== virtualHostType || !activities(routesType)?.unacknowledged;
}

/**
 * Whether removals of a type may go out now: of clusters and endpoints only when nothing sends traffic to them any more.
 *
 * Listeners and virtual hosts are removed along with the changes of their type: a new one may take the address or the
 * domain of one that goes, and would be refused while that is there.
 */
export function mayRemove(typeUrl: TypeUrl, activities: Activities, clustersChanged: boolean): boolean {
  if (typeUrl !== clusterType && typeUrl !== endpointsType) return mayChange(typeUrl, activities, clustersChanged);
  return !senders.some((sender) => {
    const activity = activities(sender);
    return activity?.changes || activity?.removals || activity?.unacknowledged;
  });
}
