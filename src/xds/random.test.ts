import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { milliseconds, seconds } from "#base/duration.ts";
import { Channel } from "#grpc/client.ts";
import { GrpcServer } from "#grpc/server.ts";
import { DeltaClient } from "./client.ts";
import type { Layer } from "./layer.ts";
import type { Change } from "./publish.ts";
import type { TypeUrl } from "./resource.ts";
import type { DeltaResponse } from "./responses.ts";
import { XdsServer } from "./server.ts";
import {
  clusterType,
  endpointsType,
  listenerType,
  routeConfigurationOf,
  routesType,
  virtualHostType,
} from "./type-urls.ts";

const types = [clusterType, endpointsType, listenerType, routesType, virtualHostType];

/** A repeatable row of random numbers (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** A client that keeps what it is sent, and refuses what is called bad, whole responses at a time, as Envoy does. */
class TestProxy {
  readonly has = new Map<TypeUrl, Map<string, string>>(types.map((type) => [type, new Map()]));
  readonly wants = new Map<TypeUrl, Set<string>>([
    [endpointsType, new Set()],
    [routesType, new Set()],
  ]);
  readonly client: DeltaClient;
  readonly channel: Channel;
  #barrier = 0;
  #passed = Promise.withResolvers<void>();

  constructor(unix: string) {
    this.channel = new Channel({ unix });
    this.client = new DeltaClient({
      channel: this.channel,
      node: new Uint8Array(0),
      take: (response) => this.#take(response),
      maxBackOff: milliseconds(5),
    });
    this.client.subscribe(clusterType);
    this.client.subscribe(endpointsType, ["none"]);
    this.client.subscribe(listenerType);
    this.client.subscribe(routesType, ["none"]);
    this.client.subscribe(virtualHostType);
    this.client.start();
  }

  #take({ typeUrl, resources, removed }: DeltaResponse): string | undefined {
    if (typeUrl === "barrier") {
      if (removed.includes(String(this.#barrier))) this.#passed.resolve();
      return undefined;
    }
    if (resources.some(({ version }) => version.startsWith("bad"))) return "that is bad";
    const has = this.has.get(typeUrl);
    const wants = this.wants.get(typeUrl);
    for (const { name, version } of resources) if (wants?.has(name) ?? true) has?.set(name, version);
    for (const name of removed) has?.delete(name);
    return undefined;
  }

  /** Fulfilled when the server has heard all that was sent so far, and answered. */
  async barrier(): Promise<void> {
    this.#barrier++;
    this.#passed = Promise.withResolvers();
    this.client.subscribe("barrier", [String(this.#barrier)]);
    await this.#passed.promise;
  }

  toggle(type: TypeUrl, name: string): void {
    const wants = this.wants.get(type) as Set<string>;
    if (wants.delete(name)) {
      this.has.get(type)?.delete(name);
      this.client.unsubscribe(type, [name]);
    } else {
      wants.add(name);
      this.client.subscribe(type, [name]);
    }
  }
}

function nameOf(type: TypeUrl, random: (below: number) => number): string {
  if (type === routesType) return `rc${random(3)}`;
  return type === virtualHostType ? `rc${random(3)}/h${random(6)}` : `r${random(8)}`;
}

/** What the client should have of a type; `undefined` as a version where it may have any, the current one being bad. */
function wanted(proxy: TestProxy, layers: readonly Layer[], type: TypeUrl): Map<string, string | undefined> {
  const all = new Map<string, string | undefined>();
  for (const layer of [...layers].reverse()) {
    for (const name of layer.names(type)) {
      if (proxy.wants.has(type) && !proxy.wants.get(type)?.has(name)) continue;
      if (type === virtualHostType && !proxy.has.get(routesType)?.has(routeConfigurationOf(name))) continue;
      const version = layer.get(type, name)?.version;
      all.set(name, version?.startsWith("bad") ? undefined : version);
    }
  }
  return all;
}

for (let seed = 1; seed <= 20; seed++) {
  test(`whatever happens, in the end every client has what its view says (seed ${seed})`, async () => {
    const random = randomFrom(seed);
    const directory = mkdtempSync(join(tmpdir(), "stod-xds-"));
    const unix = join(directory, "xds.sock");
    const layers: Layer[] = [];
    const xds = new XdsServer({ open: () => ({ layers: layers.slice(0, 2) }), holdLimit: seconds(60) });
    for (const label of ["mine", "shared", "other"]) layers.push(xds.newLayer(label));
    const grpc = new GrpcServer({ methods: xds.methods });
    await grpc.listen({ unix });
    const proxies = [1, 2, 3].map(() => new TestProxy(unix));
    const rollouts = [];
    let version = 0;
    for (let step = 0; step < 120; step++) {
      const proxy = proxies[random(3)] as TestProxy;
      const changes: Change[] = [];
      for (let n = random(8); n > 0; n--) {
        const typeUrl = types[random(5)] as TypeUrl;
        const layer = layers[random(3)] as Layer;
        const name = nameOf(typeUrl, random);
        if (random(3) === 0) changes.push({ layer, typeUrl, removed: name });
        else {
          const label = random(6) === 0 ? `bad${++version}` : `good${++version}`;
          changes.push({ layer, resource: { typeUrl, name, version: label, body: Buffer.from(label) } });
        }
      }
      rollouts.push(xds.publish(changes));
      if (random(4) === 0) proxy.toggle(endpointsType, nameOf(endpointsType, random));
      if (random(6) === 0) proxy.toggle(routesType, nameOf(routesType, random));
      if (random(15) === 0) proxy.channel.close();
      const clients = [...xds.clients];
      if (random(10) === 0 && clients.length > 0) {
        const chosen = layers.filter(() => random(3) > 0);
        clients[random(clients.length)]?.setLayers(random(2) === 0 ? chosen : chosen.reverse());
      }
      if (random(3) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(proxies.map((proxy) => proxy.barrier()));
    for (const client of xds.clients) client.setLayers(layers.slice(0, 2));
    await Promise.all(rollouts.map((rollout) => rollout.done));
    const isPending = () => [...xds.clients].some((client) => client.status.some(({ state }) => state === "pending"));
    while (isPending()) await new Promise((resolve) => setImmediate(resolve));

    for (const proxy of proxies) {
      for (const type of types) {
        const want = wanted(proxy, layers.slice(0, 2), type);
        const has = new Map<string, string | undefined>(proxy.has.get(type));
        for (const [name, current] of want) {
          if (current !== undefined) continue;
          want.delete(name);
          has.delete(name);
        }
        const byName = (map: Map<string, string | undefined>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
        assert.deepEqual(byName(has), byName(want), type);
      }
    }
    for (const proxy of proxies) {
      proxy.client.stop();
      proxy.channel.close();
    }
    xds.shutdown();
    await grpc.shutdown(seconds(0));
    rmSync(directory, { recursive: true });
  });
}
