import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalRevision, canonicalService, type Labels, selects } from "./labels.ts";

const selections: readonly [selector: Labels, labels: Labels, wanted: boolean][] = [
  [{}, {}, true],
  [{}, { app: "a" }, true],
  [{ app: "a" }, { app: "a", version: "v1" }, true],
  [{ app: "a" }, { app: "b" }, false],
  [{ app: "a", version: "v1" }, { app: "a" }, false],
  [{ app: "" }, {}, false],
];

for (const [selector, labels, wanted] of selections) {
  test(`${JSON.stringify(selector)} ${wanted ? "selects" : "does not select"} ${JSON.stringify(labels)}`, () => {
    assert.equal(selects(selector, labels), wanted);
  });
}

const names: readonly [labels: Labels, service: string, revision: string][] = [
  [{}, "reviews-7f9", "latest"],
  [{ app: "reviews", version: "v1" }, "reviews", "v1"],
  [{ app: "a", "app.kubernetes.io/name": "b", "app.kubernetes.io/version": "2" }, "b", "2"],
  [
    { app: "a", "service.istio.io/canonical-name": "c", "service.istio.io/canonical-revision": "r", version: "v1" },
    "c",
    "r",
  ],
];

for (const [labels, service, revision] of names) {
  test(`${JSON.stringify(labels)} is the canonical service ${service} in revision ${revision}`, () => {
    assert.deepEqual([canonicalService(labels, "reviews-7f9"), canonicalRevision(labels)], [service, revision]);
  });
}
