import assert from "node:assert/strict";
import test from "node:test";
import { createGraph } from "#graph/graph.ts";

test("groups has an item for each value, for as long as any item has the value", () => {
  const graph = createGraph();
  const services = graph.input<{ key: string; ports: string[] }>("services");
  const byPort = graph.index(services, ({ ports }) => ports);
  const ports = graph.groups("ports", byPort);
  const listeners = graph.derive("listeners", ports, ({ key }, read) => [
    { key: `0.0.0.0_${key}`, services: read.where(byPort, key).length },
  ]);
  const names = () => [...listeners.values()].map(({ key, services }) => `${key}:${services}`);

  services.set({ key: "a", ports: ["80", "90"] });
  services.set({ key: "b", ports: ["80"] });
  graph.settle();
  assert.deepEqual(names(), ["0.0.0.0_80:2", "0.0.0.0_90:1"]);
  assert.deepEqual(graph.explain(listeners, "0.0.0.0_80"), [
    { collection: "services", key: "a" },
    { collection: "services", key: "b" },
  ]);

  services.delete("a");
  graph.settle();
  assert.deepEqual(names(), ["0.0.0.0_80:1"]);
});
