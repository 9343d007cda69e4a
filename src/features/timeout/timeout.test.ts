import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { routeShown } from "../../../test/features/shown.ts";
import { timeout } from "./index.ts";

const rows: readonly [timeout: string | undefined, route: JsonValue, why?: string][] = [
  [undefined, "nothing said"],
  [
    "1.5s",
    { route: { timeout: "1.500s", max_stream_duration: { grpc_timeout_header_max: "1.500s" } } },
    "and a gRPC caller's deadline up to that",
  ],
];

for (const [asked, route, why] of rows) {
  test(`timeout ${asked ?? "not said"}${why ? `: ${why}` : ""}`, async () => {
    assert.deepEqual(await routeShown(timeout, asked === undefined ? {} : { timeout: asked }), route);
  });
}
