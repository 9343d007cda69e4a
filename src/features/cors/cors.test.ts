import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { briefly, here, httpRoute, routeShown, shopSource } from "../../../test/features/shown.ts";
import { cors } from "./index.ts";

const exact = "https://shop.example";
const origins = (...matches: JsonObject[]): JsonObject => ({ allow_origin_string_match: matches });

const rows: readonly [written: JsonObject, envoy: JsonObject, found: string[], why?: string][] = [
  [{ allowOrigins: [{ exact }] }, origins({ exact }), []],
  [
    { allowOrigins: [{ prefix: "https://" }, { regex: "https://[a-z]+" }] },
    origins({ prefix: "https://" }, { safe_regex: { regex: "https://[a-z]+" } }),
    [],
  ],
  [{ allowOrigin: [exact, "*"] }, origins({ exact }, { safe_regex: { regex: ".*" } }), [], "the older field"],
  [{ allowOrigins: [{ exact }], allowOrigin: ["*"] }, origins({ exact }), [], "which does not count beside the newer"],
  [
    { allowOrigins: [{ exact }], allowMethods: ["GET", "POST"], allowHeaders: ["x-a", "x-b"], exposeHeaders: ["x-c"] },
    { ...origins({ exact }), allow_methods: "GET,POST", allow_headers: "x-a,x-b", expose_headers: "x-c" },
    [],
  ],
  [
    { allowOrigins: [{ exact }], maxAge: "86400s", allowCredentials: true },
    { ...origins({ exact }), max_age: "86400", allow_credentials: true },
    [],
  ],
  [
    { allowOrigins: [{ exact }], maxAge: "1.5s" },
    { ...origins({ exact }), max_age: "1" },
    ["STOD0264 corsPolicy.maxAge"],
  ],
  [
    { allowOrigins: [{ exact }], unmatchedPreflights: "IGNORE" },
    { ...origins({ exact }), forward_not_matching_preflights: false },
    [],
  ],
  [
    { allowOrigins: [{ exact }], unmatchedPreflights: "FORWARD" },
    { ...origins({ exact }), forward_not_matching_preflights: true },
    [],
  ],
  [{}, {}, ["STOD0261 corsPolicy"]],
  [
    { allowOrigins: [{ regex: ".*" }], allowCredentials: true },
    { ...origins({ safe_regex: { regex: ".*" } }), allow_credentials: true },
    ["STOD0262 corsPolicy.allowCredentials"],
  ],
  [
    { allowOrigins: [{ exact }], allowMethods: ["get"] },
    { ...origins({ exact }), allow_methods: "get" },
    ["STOD0263 corsPolicy.allowMethods[0]"],
  ],
];

for (const [corsPolicy, envoy, found, why] of rows) {
  test(`corsPolicy ${JSON.stringify(corsPolicy)}${why ? `: ${why}` : ""}`, async () => {
    const shown = (await routeShown(cors, { corsPolicy })) as { typed_per_filter_config: JsonObject };
    const type = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy";
    assert.deepEqual(shown.typed_per_filter_config, { "envoy.filters.http.cors": { "@type": type, ...envoy } });
    assert.deepEqual(briefly(cors.check?.(httpRoute({ corsPolicy }), here, shopSource) ?? []), found);
  });
}
