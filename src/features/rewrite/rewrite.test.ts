import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { briefly, here, httpRoute, routeShown, shopSource } from "../../../test/features/shown.ts";
import { rewrite } from "./index.ts";

const regex = (match: string, substitution: string): JsonObject => ({
  regex_rewrite: { pattern: { regex: match }, substitution },
});

const rows: readonly [written: JsonObject, action: JsonObject, why?: string][] = [
  [{ uri: "/v2" }, { prefix_rewrite: "/v2" }],
  [{ authority: "other" }, { host_rewrite_literal: "other" }],
  [
    { uri: "/", authority: "other" },
    { prefix_rewrite: "/", host_rewrite_literal: "other" },
  ],
  [{ uriRegexRewrite: { match: "^/a/(.*)$", rewrite: "/b/\\1" } }, regex("^/a/(.*)$", "/b/\\1")],
  [{ uri: "/x", uriRegexRewrite: { match: "a", rewrite: "b" } }, regex("a", "b"), "of both the expression counts"],
  [{ uriRegexRewrite: { match: "", rewrite: "b" } }, {}, "Envoy takes no empty expression"],
  [{}, {}],
];

for (const [written, action, why] of rows) {
  test(`rewrite ${JSON.stringify(written)}${why ? `: ${why}` : ""}`, async () => {
    assert.deepEqual(await routeShown(rewrite, { rewrite: written }), { route: action });
  });
}

const prefix = (text: string): JsonObject => ({ match: [{ uri: { prefix: text } }] });

const checks: readonly [route: JsonObject, ...found: string[]][] = [
  [{ rewrite: {} }, "STOD0231 rewrite"],
  [{ rewrite: { authority: "two words" } }, "STOD0235 rewrite.authority"],
  [{ ...prefix("/shop"), rewrite: { uri: "/" } }, "STOD0232 rewrite.uri"],
  [{ ...prefix("/shop/"), rewrite: { uri: "/" } }],
  [{ ...prefix("/shop"), rewrite: { uri: "/v2" } }],
  [{ match: [{ uri: { exact: "/shop" } }], rewrite: { uri: "/" } }],
  [{ rewrite: { uri: "/", uriRegexRewrite: { match: "a", rewrite: "b" } } }, "STOD0233 rewrite.uri"],
  [{ rewrite: { uriRegexRewrite: { rewrite: "b" } } }, "STOD0234 rewrite.uriRegexRewrite"],
];

for (const [route, ...found] of checks) {
  test(`checking ${JSON.stringify(route)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(rewrite.check?.(httpRoute(route), here, shopSource) ?? []), found);
  });
}
