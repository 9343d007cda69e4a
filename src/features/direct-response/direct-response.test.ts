import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type JsonObject } from "@bufbuild/protobuf";
import { DirectResponseActionSchema } from "#envoy/gen/envoy/config/route/v3/route_components_pb.js";
import { toEnvoyJson } from "#envoy/json.ts";
import { briefly, here, httpRoute } from "../../../test/features/shown.ts";
import { checkDirectResponse } from "./check.ts";
import { fromVirtualService } from "./from-virtual-service.ts";
import { toEnvoy } from "./to-envoy.ts";

const large = "x".repeat(1_048_577);

const rows: readonly [written: JsonObject, envoy: JsonObject, ...found: string[]][] = [
  [{ status: 200 }, { status: 200 }],
  [
    { status: 404, body: { string: "gone" } },
    { status: 404, body: { inline_string: "gone" } },
  ],
  [
    { status: 200, body: { bytes: "aGk=" } },
    { status: 200, body: { inline_bytes: "aGk=" } },
  ],
  [{ status: 199 }, { status: 500 }, "STOD0285 directResponse.status"],
  [{ status: 600 }, { status: 500 }, "STOD0285 directResponse.status"],
  [{ status: 200, body: { string: large } }, { status: 200 }, "STOD0286 directResponse.body"],
];

for (const [written, envoy, ...found] of rows) {
  test(`directResponse ${JSON.stringify(written).slice(0, 60)}${found.length > 0 ? `: ${found}` : ""}`, async () => {
    const http = httpRoute({ directResponse: written });
    assert.ok(http.directResponse);
    const message = create(DirectResponseActionSchema, toEnvoy(fromVirtualService(http.directResponse)));
    assert.deepEqual(await toEnvoyJson(DirectResponseActionSchema, message), envoy);
    assert.deepEqual(briefly(checkDirectResponse(http, here)), found);
  });
}
