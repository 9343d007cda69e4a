import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type JsonObject } from "@bufbuild/protobuf";
import { RouteMatchSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { toEnvoyJson } from "#envoy/json.ts";
import { briefly, here, httpRoute } from "../../../test/features/shown.ts";
import { checkMatch } from "./check.ts";
import { checkOrder } from "./check-order.ts";
import { fromVirtualService } from "./from-virtual-service.ts";
import { type CallSite, canMatchAt } from "./request-match.ts";
import { toEnvoy } from "./to-envoy.ts";

function matchOf(written: JsonObject) {
  const [match] = httpRoute({ match: [written] }).match;
  assert.ok(match);
  return fromVirtualService(match, (gateway) => (gateway === "mesh" ? gateway : `shop/${gateway}`));
}

const root = { prefix: "/" };
const header = (name: string, match: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...root,
  headers: [{ name, ...match, ...more }],
});
const text = (how: JsonObject): JsonObject => ({ string_match: how });

const never = { present_match: true, invert_match: true };

const rows: readonly [written: JsonObject, envoy: JsonObject, why?: string][] = [
  [{}, root, "says nothing: every request"],
  [{ uri: { prefix: "/shop" } }, { prefix: "/shop" }],
  [{ uri: { prefix: "" } }, root, "any path has the empty prefix"],
  [{ uri: { exact: "/shop" } }, { path: "/shop" }],
  [{ uri: { regex: "/(a|b)" } }, { safe_regex: { regex: "/(a|b)" } }],
  [
    { uri: { exact: "/Shop" }, ignoreUriCase: true },
    { path: "/Shop", case_sensitive: false },
  ],
  [{ method: { exact: "GET" } }, header(":method", text({ exact: "GET" }))],
  [{ scheme: { exact: "https" } }, header(":scheme", text({ exact: "https" }))],
  [{ authority: { prefix: "shop." } }, header(":authority", text({ prefix: "shop." }))],
  [{ headers: { "x-user": { exact: "ada" } } }, header("x-user", text({ exact: "ada" }))],
  [{ headers: { "X-User": { exact: "ada" } } }, header("x-user", text({ exact: "ada" })), "header names know no case"],
  [{ headers: { "x-user": {} } }, header("x-user", { present_match: true })],
  [{ headers: { "x-user": { regex: "*" } } }, header("x-user", { present_match: true }), "Istio's word for any value"],
  [{ headers: { "x-user": { prefix: "" } } }, header("x-user", { present_match: true }), "Envoy takes no empty prefix"],
  [{ headers: { "x-user": { regex: "" } } }, header("x-user", text({ exact: "" })), "nor an empty expression"],
  [{ headers: { "x-user": { exact: "" } } }, header("x-user", text({ exact: "" }))],
  [{ headers: { uri: { exact: "/shop" } } }, root, "a name with a field of its own is ignored among headers"],
  [{ headers: { "": { exact: "a" } } }, header(":path", never), "no header has such a name, so nothing matches"],
  [{ withoutHeaders: { "x y": {} } }, root, "and every request is without it"],
  [{ queryParams: { "": {} } }, header(":path", never)],
  [
    { withoutHeaders: { "x-user": { exact: "ada" } } },
    header("x-user", text({ exact: "ada" }), { invert_match: true, treat_missing_header_as_empty: true }),
    "who has no such header is not ada",
  ],
  [{ withoutHeaders: { "x-user": {} } }, header("x-user", { present_match: true }, { invert_match: true })],
  [
    { withoutHeaders: { "x-user": { regex: ".*" } } },
    header("x-user", { present_match: true }, { invert_match: true }),
    "any value is the same as none said",
  ],
  [
    { queryParams: { b: { exact: "1" }, a: {} } },
    {
      ...root,
      query_parameters: [
        { name: "a", present_match: true },
        { name: "b", string_match: { exact: "1" } },
      ],
    },
    "in the order of their names",
  ],
  [{ port: 80, sourceLabels: { app: "client" }, gateways: ["mesh"] }, root, "who calls is not Envoy's to find out"],
];

for (const [written, envoy, why] of rows) {
  test(`match ${JSON.stringify(written)}${why ? `: ${why}` : ""}`, async () => {
    const message = create(RouteMatchSchema, toEnvoy(matchOf(written)));
    assert.deepEqual(await toEnvoyJson(RouteMatchSchema, message), envoy);
  });
}

const site: CallSite = { port: 80, labels: { app: "client", version: "v1" }, namespace: "shop", gateway: "mesh" };

const callers: readonly [written: JsonObject, matches: boolean, why?: string][] = [
  [{}, true],
  [{ port: 80 }, true],
  [{ port: 8080 }, false],
  [{ sourceLabels: { app: "client" } }, true, "more labels do not hurt"],
  [{ sourceLabels: { app: "client", version: "v2" } }, false, "all of them must be there"],
  [{ sourceNamespace: "shop" }, true],
  [{ sourceNamespace: "bank" }, false],
  [{ gateways: ["mesh"] }, true],
  [{ gateways: ["front"] }, false],
  [{ gateways: ["front", "mesh"] }, true],
  [{ gateways: ["mesh"], sourceLabels: { app: "other" } }, false, "every part that is said must hold"],
];

for (const [written, matches, why] of callers) {
  test(`${JSON.stringify(written)} ${matches ? "can" : "cannot"} match a client of shop at port 80${why ? `: ${why}` : ""}`, () => {
    assert.equal(canMatchAt(matchOf(written).from, site), matches);
  });
}

const checks: readonly [match: JsonObject, ...found: string[]][] = [
  [{ uri: { prefix: "" } }],
  [{ uri: { regex: "" } }, "STOD0201 match[0].uri.regex"],
  [{ method: { prefix: "" } }, "STOD0201 match[0].method.prefix"],
  [{ headers: { method: { exact: "GET" } } }, "STOD0202 match[0].headers.method"],
  [{ headers: { ":method": { exact: "GET" } } }],
  [{ headers: { "x user": { exact: "a" } } }, "STOD0204 match[0].headers.x user"],
  [{ headers: { "@request.auth.claims.sub": { exact: "a" } } }, "STOD0203 match[0].headers.@request.auth.claims.sub"],
  [{ queryParams: { user: { prefix: "" } } }, "STOD0201 match[0].queryParams.user.prefix"],
];

for (const [match, ...found] of checks) {
  test(`checking ${JSON.stringify(match)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(checkMatch(httpRoute({ match: [match] }), here)), found);
  });
}

const shop = { uri: { prefix: "/shop" } };
const orders: readonly [routes: JsonObject[][], found: string[], why?: string][] = [
  [[[shop], []], []],
  [[[], [shop]], ["IST0130 [1]"]],
  [
    [[{ uri: { prefix: "/" } }], [shop], []],
    ["IST0130 [1]", "IST0130 [2]"],
  ],
  [[[{ uri: { prefix: "" } }], []], ["IST0130 [1]"], "any path has the empty prefix"],
  [[[{ uri: { regex: ".*" } }], []], ["IST0130 [1]"]],
  [[[{ port: 80 }], [shop]], [], "other ports still come there"],
  [[[{ sourceLabels: { app: "client" } }], []], [], "other callers still come there"],
  [[[shop], [{ name: "again", ...shop }], []], ["IST0131 [1].match[0]"], "names make no difference"],
  [[[shop, shop]], ["IST0131 [0].match[1]"]],
];

for (const [routes, found, why] of orders) {
  test(`matches ${JSON.stringify(routes)}: ${why ?? (found.join(", ") || "all are reached")}`, () => {
    const written = routes.map((match) => httpRoute({ match, redirect: { uri: "/new" } }));
    assert.deepEqual(briefly(checkOrder(written, here)), found);
  });
}

test("a route that leads nowhere takes nothing", () => {
  const written: JsonObject[] = [
    { delegate: { name: "other" } },
    { route: [{ weight: 0 }, { weight: 0 }] },
    { redirect: { uri: "/a" } },
  ];
  assert.deepEqual(
    briefly(
      checkOrder(
        written.map((http) => httpRoute(http)),
        here,
      ),
    ),
    [],
  );
});
