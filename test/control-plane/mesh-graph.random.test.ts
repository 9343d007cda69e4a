import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import type { MeshObject } from "#api/object.ts";
import { RouteConfigurationSchema } from "#envoy/gen/envoy/config/route/v3/route_pb.js";
import type { Input } from "#graph/input.ts";
import type { LayerResource } from "#model/layer-resource.ts";
import type { ConnectedProxy } from "#model/proxy.ts";
import { MissingSubset } from "#translate/mesh/routings.ts";
import { createMeshGraph, type MeshGraph } from "#translate/mesh-graph.ts";
import { routesType } from "#xds/type-urls.ts";
import { objectKinds, randomFrom, randomObject, randomProxy } from "./random-mesh.ts";

// Meshes under random edits on one graph, against a graph made anew for what there is. STOD_SEED=n repeats a run.
//
// Two things are not a function of what there is, by design: a VirtualService whose subset is not there stays in force
// as it last was when all its subsets were; and a subset that is gone while routes lead to it stays what it was.

/** What there is: objects by kind and key, proxies by key. */
class World {
  readonly objects = new Map<string, Map<string, MeshObject>>(objectKinds.map((kind) => [kind, new Map()]));
  readonly proxies = new Map<string, ConnectedProxy>();
  /** VirtualServices as they were when all their subsets were there. */
  #good = new Map<string, MeshObject>();

  /** A graph made anew, settled, with each VirtualService in the form that is in force. */
  graph(): MeshGraph {
    const asWritten = this.#graphOf((object) => object);
    const missing = new Set(missingSubsets(asWritten, "routings that lead somewhere"));
    const written = [...(this.objects.get("VirtualService") ?? [])];
    this.#good = new Map(
      written.flatMap(([key, object]) => {
        const good = missing.has(key) ? this.#good.get(key) : object;
        return good === undefined ? [] : [[key, good]];
      }),
    );
    if (written.every(([key, object]) => (this.#good.get(key) ?? object) === object)) return asWritten;
    return this.#graphOf((object) => (object.kind === "VirtualService" && this.#good.get(object.key)) || object);
  }

  #graphOf(inForce: (object: MeshObject) => MeshObject): MeshGraph {
    const made = createMeshGraph();
    for (const [kind, objects] of this.objects) {
      for (const object of objects.values()) inputOf(made, kind).set(inForce(object));
    }
    for (const proxy of this.proxies.values()) made.inputs.proxies.set(proxy);
    made.graph.settle();
    return made;
  }
}

function inputOf({ inputs }: MeshGraph, kind: string): Input<MeshObject> {
  return inputs[kind as keyof typeof inputs] as unknown as Input<MeshObject>;
}

/** The keys of what a derivation keeps as it was, for a subset is missing. */
function missingSubsets({ graph }: MeshGraph, of: string): string[] {
  return graph.problems().flatMap(({ error, collection, inputKey }) => {
    // Nothing that users write may be a fault of ours, nor two of them claim one resource.
    if (!(error instanceof MissingSubset)) throw error;
    return collection === of ? [inputKey] : [];
  });
}

/** What there may be in one graph and not in a new one: clusters and endpoints of subsets that are gone. */
function withoutGone(held: Record<string, string>, anew: Record<string, string>, gone: readonly string[]) {
  const isOfGone = (name: string) => {
    const [, , subset, host] = name.split("|");
    return subset !== undefined && gone.includes(`${host} ${subset}`);
  };
  return Object.fromEntries(Object.entries(held).filter(([name]) => name in anew || !isOfGone(name)));
}

/** What a layer holds for who follows the changes as they are told, one after the other. */
function follow({ graph, resources }: MeshGraph): ReadonlyMap<string, string> {
  const held = new Map<string, string>();
  for (const collection of resources) {
    graph.watch(collection, (changes) => {
      for (const { before, after } of changes) {
        if (after === undefined) held.delete((before as LayerResource).key);
        else held.set(after.key, after.resource.version);
      }
    });
  }
  return held;
}

function versions(mesh: MeshGraph, proxy: ConnectedProxy): Record<string, string> {
  const all = mesh.resourcesFor(proxy).map(({ typeUrl, name, version }) => [`${typeUrl} ${name}`, version] as const);
  assert.equal(new Set(all.map(([key]) => key)).size, all.length, "two resources have one name");
  return Object.fromEntries(all.sort());
}

/** Envoy refuses a route configuration in which one domain is twice. */
function assertDomainsDiffer(mesh: MeshGraph, proxy: ConnectedProxy): void {
  for (const { typeUrl, body } of mesh.resourcesFor(proxy)) {
    if (typeUrl !== routesType) continue;
    const { name, virtualHosts } = fromBinary(RouteConfigurationSchema, body);
    const domains = virtualHosts.flatMap((virtualHost) => virtualHost.domains);
    assert.deepEqual(domains, [...new Set(domains)], `route configuration ${name} of ${proxy.key}`);
  }
}

function edit(mesh: MeshGraph, world: World, next: (below: number) => number): string {
  if (next(5) === 0) {
    const proxy = randomProxy(next);
    if (next(3) === 0) {
      world.proxies.delete(proxy.key);
      mesh.inputs.proxies.delete(proxy.key);
      return `- proxy ${proxy.key}`;
    }
    world.proxies.set(proxy.key, proxy);
    mesh.inputs.proxies.set(proxy);
    return `+ proxy ${JSON.stringify(proxy)}`;
  }
  const { kind, key, object } = randomObject(next, objectKinds[next(objectKinds.length)] as string);
  if (next(3) === 0) {
    world.objects.get(kind)?.delete(key);
    inputOf(mesh, kind).delete(key);
    return `- ${kind} ${key}`;
  }
  world.objects.get(kind)?.set(key, object);
  inputOf(mesh, kind).set(object);
  return `+ ${kind} ${key}`;
}

const first = Number(process.env.STOD_SEED ?? 0) || 1 + Math.floor(Math.random() * 1e6);
const runs = process.env.STOD_SEED === undefined ? 4 : 1;
const settles = 40;

for (let seed = first; seed < first + runs; seed++) {
  test(`random edits come to what a new graph makes of what there is (STOD_SEED=${seed})`, () => {
    const next = randomFrom(seed);
    const world = new World();
    const mesh = createMeshGraph();
    const held = follow(mesh);
    for (let nth = 0; nth < settles; nth++) {
      const edits: string[] = [];
      for (let left = 1 + next(nth < 10 ? 12 : 4); left > 0; left--) edits.push(edit(mesh, world, next));
      mesh.graph.settle();
      const gone = missingSubsets(mesh, "routed subsets");
      const anew = world.graph();
      for (const proxy of world.proxies.values()) {
        const wanted = versions(anew, proxy);
        const has = withoutGone(versions(mesh, proxy), wanted, gone);
        assert.deepEqual(has, wanted, `${proxy.key} after ${edits.join(", ")}`);
        assertDomainsDiffer(mesh, proxy);
      }
      const all = mesh.resources.flatMap((collection) => [...collection.values()]);
      const wanted = new Map(all.map(({ key, resource }) => [key, resource.version]));
      assert.deepEqual(new Map([...held].sort()), new Map([...wanted].sort()), `held after ${edits.join(", ")}`);
    }
  });
}
