import type { Log } from "#base/log.ts";
import { type ConnectedProxy, proxyTitle } from "#model/proxy.ts";
import type { ProxyScopes } from "#translate/mesh/scopes.ts";
import type { MeshGraph } from "#translate/mesh-graph.ts";
import type { ConnectedClient } from "#xds/connected-client.ts";
import type { Layer } from "#xds/layer.ts";
import type { Opening } from "#xds/server.ts";
import { readNode, whyNot } from "./proxies.ts";
import type { Publisher } from "./publisher.ts";
import type { Settler } from "./settler.ts";

/** Who is connected, and what each of them is served from. */
export class Directory {
  readonly #meshGraph: MeshGraph;
  readonly #trustDomain: string;
  readonly #log: Log;
  readonly #clients = new Map<string, Set<ConnectedClient>>();
  readonly #proxies = new Map<ConnectedClient, ConnectedProxy>();
  #publisher: Publisher | undefined;
  #settler: Settler | undefined;

  constructor(meshGraph: MeshGraph, trustDomain: string, log: Log) {
    this.#meshGraph = meshGraph;
    this.#trustDomain = trustDomain;
    this.#log = log;
    meshGraph.graph.watch(meshGraph.proxyScopes, (changes) => {
      for (const { key, before, after } of changes) {
        if (before === undefined || after === undefined) continue;
        for (const client of this.#clients.get(key) ?? []) this.#publisher?.move(client, scopesIn(after));
      }
    });
  }

  /** What the directory cannot have before the server that asks it. */
  connect(publisher: Publisher, settler: Settler): void {
    this.#publisher = publisher;
    this.#settler = settler;
  }

  /** Each connected stream with the proxy that it is of. */
  get proxies(): ReadonlyMap<ConnectedClient, ConnectedProxy> {
    return this.#proxies;
  }

  /** What a client is called in messages. */
  titleOf(client: ConnectedClient): string {
    const proxy = this.#proxies.get(client);
    return proxy === undefined ? client.node.id : proxyTitle(proxy);
  }

  open(client: ConnectedClient): Opening | Promise<Opening> {
    const reading = readNode(client.node);
    if ("fault" in reading) return this.#deny(client, reading.fault);
    const { proxy } = reading;
    const denied = whyNot(proxy, client.peer, this.#trustDomain);
    if (denied !== undefined) return this.#deny(client, denied);
    this.#proxies.set(client, proxy);
    const streams = this.#clients.get(proxy.key) ?? new Set();
    this.#clients.set(proxy.key, streams.add(client));
    this.#meshGraph.inputs.proxies.set(proxy);
    return this.#settled().then(() => ({ layers: this.#layersOf(proxy.key) }));
  }

  close(client: ConnectedClient): void {
    const proxy = this.#proxies.get(client);
    if (proxy === undefined) return;
    this.#proxies.delete(client);
    const streams = this.#clients.get(proxy.key);
    streams?.delete(client);
    if (streams !== undefined && streams.size > 0) return;
    this.#clients.delete(proxy.key);
    this.#meshGraph.inputs.proxies.delete(proxy.key);
    this.#settler?.soon();
  }

  #deny({ node, peer }: ConnectedClient, denied: string): Opening {
    this.#log.warn("a stream was refused", { node: node.id.slice(0, 253), from: peer.remoteAddress, denied });
    return { denied };
  }

  async #settled(): Promise<void> {
    await this.#settler?.gently();
  }

  #layersOf(proxy: string): readonly Layer[] {
    const scopes = this.#meshGraph.proxyScopes.get(proxy);
    return scopes === undefined ? [] : scopesIn(scopes).flatMap((key) => this.#publisher?.layer(key) ?? []);
  }
}

function scopesIn({ outbound, inbound }: ProxyScopes): readonly string[] {
  return inbound === undefined ? [outbound] : [outbound, inbound];
}
