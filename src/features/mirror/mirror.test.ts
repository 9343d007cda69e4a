import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { briefly, here, httpRoute, routeShown, shopSource } from "../../../test/features/shown.ts";
import { mirror } from "./index.ts";

const v2 = { host: "reviews", subset: "v2" };
const of = (cluster: string, numerator: number): JsonObject => ({
  cluster,
  runtime_fraction: { default_value: { numerator, denominator: "MILLION" } },
  trace_sampled: false,
});
const toV2 = (numerator: number) => of("outbound|80|v2|reviews.shop.svc.cluster.local", numerator);
const toRatings = (numerator: number) => of("outbound|9080||ratings.shop.svc.cluster.local", numerator);

const rows: readonly [written: JsonObject, mirrors: JsonObject[], ...found: string[]][] = [
  [{ mirror: v2 }, [toV2(1_000_000)]],
  [{ mirror: v2, mirrorPercentage: { value: 12.5 } }, [toV2(125_000)]],
  [{ mirror: v2, mirrorPercent: 50 }, [toV2(500_000)]],
  [{ mirror: v2, mirrorPercent: 50, mirrorPercentage: { value: 10 } }, [toV2(100_000)]],
  [{ mirror: v2, mirrorPercentage: { value: 0 } }, [], "STOD0251 mirrorPercentage"],
  [{ mirror: v2, mirrorPercentage: { value: 200 } }, [toV2(1_000_000)], "STOD0241 mirrorPercentage"],
  [{ mirror: v2, mirrorPercentage: { value: -1 } }, [], "STOD0241 mirrorPercentage"],
  [{ mirrorPercentage: { value: 10 } }, [], "STOD0252 mirrorPercentage"],
  [
    {
      mirrors: [
        { destination: v2 },
        { destination: { host: "ratings", port: { number: 9080 } }, percentage: { value: 1 } },
      ],
    },
    [toV2(1_000_000), toRatings(10_000)],
  ],
  [{ mirrors: [{ percentage: { value: 10 } }] }, [], "STOD0253 mirrors[0]"],
];

for (const [written, mirrors, ...found] of rows) {
  test(`${JSON.stringify(written)} mirrors ${mirrors.length} times${found.length > 0 ? `: ${found}` : ""}`, async () => {
    const shown = mirrors.length === 0 ? "nothing said" : { route: { request_mirror_policies: mirrors } };
    assert.deepEqual(await routeShown(mirror, written), shown);
    assert.deepEqual(briefly(mirror.check?.(httpRoute(written), here, shopSource) ?? []), found);
  });
}
