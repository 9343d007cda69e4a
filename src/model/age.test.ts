import assert from "node:assert/strict";
import { test } from "node:test";
import { byAge } from "./age.ts";

test("the older comes first, those of unknown age last, and of one age the first by name", () => {
  const objects = [
    { key: "shop/d", createdAt: "" },
    { key: "shop/c", createdAt: "" },
    { key: "shop/b", createdAt: "2026-02-01T00:00:00Z" },
    { key: "shop/a", createdAt: "2026-02-01T00:00:00Z" },
    { key: "shop/z", createdAt: "2026-01-01T00:00:00Z" },
  ];
  assert.deepEqual(
    objects.sort(byAge).map(({ key }) => key),
    ["shop/z", "shop/a", "shop/b", "shop/c", "shop/d"],
  );
});
