import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import { TrafficPolicySchema } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import { policyForPort } from "./traffic-policy.ts";

const by = (simple: string): JsonObject => ({ loadBalancer: { simple } });
const tls: JsonObject = { tls: { mode: "SIMPLE" } };
const at80 = (settings: JsonObject): JsonObject => ({ portLevelSettings: [{ port: { number: 80 }, ...settings }] });
const budget: JsonObject = { retryBudget: { percent: 5 } };

const rows: readonly [
  rule: JsonObject | undefined,
  subset: JsonObject | undefined,
  at80: JsonObject | undefined,
  why: string,
][] = [
  [undefined, undefined, undefined, "nobody said anything"],
  [by("RANDOM"), undefined, by("RANDOM"), "the rule alone"],
  [undefined, by("RANDOM"), by("RANDOM"), "the subset alone"],
  [by("RANDOM"), tls, { ...by("RANDOM"), ...tls }, "the subset is laid over the rule"],
  [by("RANDOM"), by("ROUND_ROBIN"), by("ROUND_ROBIN"), "field by field the subset counts"],
  [{ ...tls, ...at80(by("RANDOM")) }, undefined, by("RANDOM"), "settings of the port inherit nothing"],
  [{ ...by("RANDOM"), ...at80(tls) }, budget, { ...tls, ...budget }, "the subset over the rule's settings of the port"],
  [at80(by("RANDOM")), by("ROUND_ROBIN"), by("ROUND_ROBIN"), "the subset counts before them"],
  [
    { ...tls, ...by("RANDOM") },
    at80(by("ROUND_ROBIN")),
    by("ROUND_ROBIN"),
    "the subset's settings of the port count alone",
  ],
  [by("RANDOM"), { portLevelSettings: [{ port: { number: 81 }, ...tls }] }, by("RANDOM"), "another port's do not"],
];

const policy = (written: JsonObject | undefined) => written && fromJson(TrafficPolicySchema, written);

for (const [rule, subset, wanted, why] of rows) {
  test(`${JSON.stringify(rule)} with subset ${JSON.stringify(subset)}: ${why}`, () => {
    const merged = policyForPort(policy(rule), policy(subset), 80);
    const { portLevelSettings: _, ...json } = (merged ? toJson(TrafficPolicySchema, merged) : {}) as JsonObject;
    assert.deepEqual(merged && json, wanted);
  });
}
