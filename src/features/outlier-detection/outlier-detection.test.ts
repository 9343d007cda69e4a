import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { briefly, clusterShown, here, trafficPolicy } from "../../../test/features/shown.ts";
import { outlierDetection } from "./index.ts";

const rows: readonly [written: JsonObject, envoy: JsonObject, why?: string][] = [
  [{}, {}, "on, with Envoy's own limits"],
  [{ consecutive5xxErrors: 3 }, { consecutive_5xx: 3, enforcing_consecutive_5xx: 100 }],
  [{ consecutive5xxErrors: 0 }, { consecutive_5xx: 0, enforcing_consecutive_5xx: 0 }, "zero switches it off"],
  [
    { consecutiveGatewayErrors: 2 },
    { consecutive_gateway_failure: 2, enforcing_consecutive_gateway_failure: 100 },
    "which Envoy alone does not enforce",
  ],
  [
    { interval: "1s", baseEjectionTime: "180s", maxEjectionPercent: 100 },
    { interval: "1s", base_ejection_time: "180s", max_ejection_percent: 100 },
  ],
  [{ maxEjectionPercent: 250 }, { max_ejection_percent: 100 }, "Envoy would refuse more"],
  [{ consecutiveLocalOriginFailures: 4 }, {}, "it counts only where the two kinds are split"],
  [
    { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 4 },
    {
      split_external_local_origin_errors: true,
      enforcing_local_origin_success_rate: 0,
      consecutive_local_origin_failure: 4,
      enforcing_consecutive_local_origin_failure: 100,
    },
  ],
  [
    { splitExternalLocalOriginErrors: true },
    { split_external_local_origin_errors: true, enforcing_local_origin_success_rate: 0 },
  ],
];

for (const [written, envoy, why] of rows) {
  test(`outlierDetection ${JSON.stringify(written)}${why ? `: ${why}` : ""}`, async () => {
    const shown = await clusterShown(outlierDetection, { outlierDetection: written });
    assert.deepEqual(shown, {
      cluster: {
        outlier_detection: { enforcing_success_rate: 0, ...envoy },
        common_lb_config: { healthy_panic_threshold: {} },
      },
      http: {},
    });
  });
}

test("minHealthPercent is the panic threshold", async () => {
  const shown = await clusterShown(outlierDetection, { outlierDetection: { minHealthPercent: 30 } });
  assert.deepEqual(shown?.cluster, {
    outlier_detection: { enforcing_success_rate: 0 },
    common_lb_config: { healthy_panic_threshold: { value: 30 } },
  });
});

const checks: readonly [written: JsonObject, ...found: string[]][] = [
  [{ maxEjectionPercent: 100 }],
  [{ consecutive5xxErrors: 1 }, "STOD0323 outlierDetection"],
  [{ maxEjectionPercent: 101 }, "STOD0322 outlierDetection.maxEjectionPercent"],
  [{ maxEjectionPercent: 50, minHealthPercent: -1 }, "STOD0322 outlierDetection.minHealthPercent"],
  [
    { maxEjectionPercent: 50, consecutiveLocalOriginFailures: 3 },
    "STOD0321 outlierDetection.consecutiveLocalOriginFailures",
  ],
];

for (const [written, ...found] of checks) {
  test(`checking ${JSON.stringify(written)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(
      briefly(outlierDetection.check?.(trafficPolicy({ outlierDetection: written }), here) ?? []),
      found,
    );
  });
}
