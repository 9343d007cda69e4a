import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeshSettings } from "#model/mesh-settings.ts";
import { readMeshConfig } from "./mesh-config.ts";

const rows: readonly [text: string, wanted: Partial<MeshSettings> | RegExp][] = [
  ["", {}],
  ["{}", {}],
  ["outboundTrafficPolicy: { mode: REGISTRY_ONLY }", { outboundTraffic: "registry-only" }],
  ["outboundTrafficPolicy: { mode: ALLOW_ANY }", { outboundTraffic: "allow-any" }],
  ["rootNamespace: mesh-root\ntrustDomain: example.org", { rootNamespace: "mesh-root", trustDomain: "example.org" }],
  ["accessLogFile: /dev/stdout", { accessLog: "all" }],
  ['{ "trustDomain": "example.org" }', { trustDomain: "example.org" }],
  ["enableTracing: true", /does not act on enableTracing .*Known are outboundTrafficPolicy/],
  ["outboundTrafficPolicy: { mode: SOMETIMES }", /no MeshConfig/],
  ["trustDomain: [", /not YAML/],
  ["- trustDomain", /no map of settings/],
];

for (const [text, wanted] of rows) {
  test(`MeshConfig ${JSON.stringify(text)} ${wanted instanceof RegExp ? `is refused: ${wanted.source}` : "is read"}`, () => {
    if (wanted instanceof RegExp) assert.throws(() => readMeshConfig(text, "mesh.yaml"), wanted);
    else assert.deepEqual(readMeshConfig(text, "mesh.yaml"), wanted);
  });
}
