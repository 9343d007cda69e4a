import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type JsonObject } from "@bufbuild/protobuf";
import { RouteSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { toEnvoyJson } from "#envoy/json.ts";
import { briefly, here, httpRoute, port80, shopSource } from "../../../test/features/shown.ts";
import { checkDestinations } from "./check.ts";
import { destinationsOf } from "./from-virtual-service.ts";
import { toEnvoy } from "./to-envoy.ts";

const to = (subset: string, more: JsonObject = {}): JsonObject => ({
  destination: { host: "reviews", subset },
  ...more,
});
const cluster = (subset: string) => `outbound|80|${subset}|reviews.shop.svc.cluster.local`;
const setA = { headers: { request: { set: { a: "1" } } } };
const added = {
  request_headers_to_add: [
    { header: { key: "a", value: "1" }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD", keep_empty_value: true },
  ],
};
const host = { headers: { request: { set: { host: "other" } } } };

const rows: readonly [route: JsonObject[], envoy: JsonObject, why?: string][] = [
  [[to("v1")], { route: { cluster: cluster("v1") } }],
  [[to("v1", { weight: 7 })], { route: { cluster: cluster("v1") } }, "the weight of a single one does not matter"],
  [
    [{ destination: { host: "bank.example", port: { number: 443 } } }],
    { route: { cluster: "outbound|443||bank.example" } },
  ],
  [[to("v1", setA)], { ...added, route: { cluster: cluster("v1") } }],
  [[to("v1", host)], { route: { cluster: cluster("v1"), host_rewrite_literal: "other" } }],
  [
    [to("v1", { weight: 90 }), to("v2", { weight: 10, ...setA })],
    {
      route: {
        weighted_clusters: {
          clusters: [
            { name: cluster("v1"), weight: 90 },
            { name: cluster("v2"), weight: 10, ...added },
          ],
        },
      },
    },
  ],
  [
    [to("v1", { weight: 1 }), to("v2", { weight: 1, ...host })],
    {
      route: {
        weighted_clusters: {
          clusters: [
            { name: cluster("v1"), weight: 1 },
            { name: cluster("v2"), weight: 1, host_rewrite_literal: "other" },
          ],
        },
      },
    },
  ],
  [
    [to("v1", { weight: 100 }), to("v2", { weight: 0 })],
    { route: { cluster: cluster("v1") } },
    "weight 0 gets nothing and is left out",
  ],
  [[to("v1", { weight: 100 }), to("v2", { weight: -5 })], { route: { cluster: cluster("v1") } }],
];

for (const [route, envoy, why] of rows) {
  test(`route ${JSON.stringify(route)}${why ? `: ${why}` : ""}`, async () => {
    const destinations = destinationsOf(httpRoute({ route }).route, shopSource);
    const { route: fields, action } = toEnvoy(destinations, port80);
    const message = create(RouteSchema, { ...fields, action: { case: "route", value: action ?? {} } });
    assert.deepEqual(await toEnvoyJson(RouteSchema, message), envoy);
  });
}

test("weights too large for Envoy keep their shares", () => {
  const most = 2_147_483_647;
  const route = [
    to("v1", { weight: most }),
    to("v2", { weight: most }),
    to("v3", { weight: most }),
    to("v4", { weight: 1 }),
  ];
  const weights = destinationsOf(httpRoute({ route }).route, shopSource).map(({ weight }) => weight);
  assert.ok(weights.reduce((sum, weight) => sum + weight) <= 4_294_967_295);
  assert.deepEqual(weights, [weights[0], weights[0], weights[0], 1]);
});

const redirect = { uri: "/new" };
const checks: readonly [route: JsonObject, ...found: string[]][] = [
  [{ route: [to("v1")] }],
  [{}, "STOD0213 "],
  [{ delegate: { name: "other" } }],
  [{ route: [to("v1"), to("v2")] }, "STOD0211 route"],
  [{ route: [to("v1", { weight: 1 }), to("v2", { weight: -1 })] }, "STOD0212 route[1].weight"],
  [{ redirect, route: [to("v1")] }, "STOD0214 route"],
  [{ redirect, directResponse: { status: 200 } }, "STOD0214 directResponse"],
  [{ redirect, fault: { abort: { httpStatus: 500 } } }],
  [{ redirect, timeout: "1s", mirror: { host: "ratings" } }, "STOD0215 timeout", "STOD0215 mirror"],
  [{ directResponse: { status: 200 }, rewrite: { uri: "/" } }, "STOD0215 rewrite"],
];

for (const [route, ...found] of checks) {
  test(`checking ${JSON.stringify(route)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(checkDestinations(httpRoute(route), here)), found);
  });
}
