import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { routeShown } from "../../../test/features/shown.ts";
import { timeout } from "./index.ts";

const rows: readonly [timeout: string | undefined, route: JsonValue][] = [
  [undefined, "nothing said"],
  ["1.5s", { route: { timeout: "1.500s" } }],
];

for (const [asked, route] of rows) {
  test(`timeout ${asked ?? "not said"}`, async () => {
    assert.deepEqual(await routeShown(timeout, asked === undefined ? {} : { timeout: asked }), route);
  });
}
