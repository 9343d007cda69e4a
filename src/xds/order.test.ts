import assert from "node:assert/strict";
import { test } from "node:test";
import { type Activity, mayChange, mayRemove } from "./order.ts";
import type { TypeUrl } from "./resource.ts";
import { clusterType, endpointsType, listenerType, routesType, secretType, virtualHostType } from "./type-urls.ts";

const none: Activity = { changes: false, removals: false, unacknowledged: false };
const changes: Activity = { ...none, changes: true };
const removals: Activity = { ...none, removals: true };
const unacknowledged: Activity = { ...none, unacknowledged: true };
type Given = readonly [TypeUrl, Activity][];
const short = (typeUrl: TypeUrl) => typeUrl.slice(typeUrl.lastIndexOf(".") + 1);
const told = (given: Given) =>
  given.map(([type, activity]) => `${short(type)} ${Object.entries(activity).find(([, is]) => is)?.[0]}`).join(", ");

const changeRows: readonly [type: TypeUrl, given: Given, clustersChanged: boolean, may: boolean, why?: string][] = [
  [listenerType, [], false, true],
  [listenerType, [[clusterType, changes]], false, false, "clusters go first"],
  [listenerType, [[clusterType, unacknowledged]], true, false, "the clusters may not be warm yet"],
  [listenerType, [[endpointsType, unacknowledged]], true, false, "endpoints of new clusters"],
  [listenerType, [[endpointsType, unacknowledged]], false, true, "a stream is read in order"],
  [listenerType, [[clusterType, removals]], false, true, "those wait for the listeners, not the listeners for them"],
  [routesType, [[clusterType, unacknowledged]], true, false],
  [routesType, [[listenerType, unacknowledged]], false, true],
  [virtualHostType, [[routesType, unacknowledged]], false, false, "a client without the routes would drop them"],
  [virtualHostType, [[listenerType, unacknowledged]], false, true],
  [endpointsType, [[clusterType, unacknowledged]], true, true, "Envoy acknowledges clusters when they have endpoints"],
  [clusterType, [[listenerType, unacknowledged]], false, true],
  [secretType, [[clusterType, unacknowledged]], true, true, "clusters and listeners wait for their secrets"],
];

for (const [type, given, clustersChanged, may, why] of changeRows) {
  test(`with ${told(given) || "nothing"} going on, ${short(type)} may${may ? "" : " not"} change${why ? `: ${why}` : ""}`, () => {
    assert.equal(
      mayChange(type, (asked) => new Map(given).get(asked), clustersChanged),
      may,
    );
  });
}

const removeRows: readonly [type: TypeUrl, given: Given, may: boolean, why?: string][] = [
  [clusterType, [], true],
  [clusterType, [[virtualHostType, changes]], false, "they may still lead to the cluster"],
  [clusterType, [[routesType, unacknowledged]], false],
  [clusterType, [[listenerType, removals]], false],
  [clusterType, [[endpointsType, unacknowledged]], true],
  [endpointsType, [[routesType, unacknowledged]], false],
  [listenerType, [[clusterType, unacknowledged]], false, "together with the new ones, which wait"],
  [virtualHostType, [], true],
];

for (const [type, given, may, why] of removeRows) {
  test(`with ${told(given) || "nothing"} going on, ${short(type)} may${may ? "" : " not"} be removed${why ? `: ${why}` : ""}`, () => {
    assert.equal(
      mayRemove(type, (asked) => new Map(given).get(asked), false),
      may,
    );
  });
}
