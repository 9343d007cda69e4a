import type { Catalogue } from "./catalogue.ts";
import type { IdSet } from "./id-set.ts";
import type { Layer } from "./layer.ts";
import type { Response } from "./meaning.ts";
import type { EncodedResource, TypeUrl } from "./resource.ts";
import { clusterType, endpointsType, routeConfigurationOf, routesType, virtualHostType } from "./type-urls.ts";
import { View } from "./view.ts";
import { Watch } from "./watch.ts";

/** A name in a layer got another resource, or none. */
export interface LayerChange {
  readonly id: number;
  readonly name: string;
  /** What it was; `undefined` where it is new. */
  readonly before: EncodedResource | undefined;
}

const nothing: ReadonlyMap<string, string> = new Map();

/**
 * What one client is subscribed to, held against its view: which resources it is to be sent and which to be taken away.
 * Nothing is sent here.
 */
export class Subscriptions {
  readonly #catalogue: Catalogue;
  /** The number of the newest batch. */
  readonly #batch: () => number;
  readonly #watches = new Map<TypeUrl, Watch>();
  /** Route configurations that the client has: all virtual hosts under them are its interest over VHDS. */
  readonly #routeConfigurations = new Set<string>();
  /** Clusters that were renewed before the client said which endpoints it has. */
  readonly #renewedClusters = new Set<string>();
  #view = new View([]);

  constructor(catalogue: Catalogue, batch: () => number) {
    this.#catalogue = catalogue;
    this.#batch = batch;
  }

  get view(): View {
    return this.#view;
  }

  get watches(): ReadonlyMap<TypeUrl, Watch> {
    return this.#watches;
  }

  watch(typeUrl: TypeUrl): Watch {
    let watch = this.#watches.get(typeUrl);
    if (watch === undefined) {
      watch = new Watch(typeUrl, this.#catalogue);
      this.#watches.set(typeUrl, watch);
    }
    return watch;
  }

  /** True where the client is to have the resource with this number, if the view holds it. */
  wants(watch: Watch, id: number): boolean {
    if (watch.named.has(id)) return true;
    if (!watch.wildcard || watch.typeUrl !== virtualHostType) return watch.wildcard;
    return this.#routeConfigurations.has(routeConfigurationOf(watch.names.nameOf(id)));
  }

  /** @param has  versions that the client has from an earlier stream */
  subscribe(watch: Watch, name: string, has: ReadonlyMap<string, string> = nothing): void {
    const id = watch.names.idOf(name);
    const resource = id === undefined ? undefined : this.#view.find(watch.typeUrl, id);
    if (id === undefined || resource === undefined) {
      watch.absent.add(name);
      watch.gone.delete(name);
      if (has.has(name)) watch.markGone(name, undefined, this.#batch());
      else watch.markMissing(name, this.#batch());
      return;
    }
    watch.named.add(id);
    if (has.has(name)) this.#hadBefore(watch, id, resource, has.get(name));
    else {
      // Asked for once more: whatever the client had, it has dropped.
      if (watch.typeUrl === routesType) this.#dropRouteConfiguration(name);
      watch.markChanged(id, resource, this.#batch());
    }
  }

  /** The client wants all there is of the type, of virtual hosts all of its route configurations. */
  subscribeAll(watch: Watch, has: ReadonlyMap<string, string> = nothing): void {
    watch.wildcard = true;
    for (const [name, version] of has) {
      const id = watch.names.idOf(name);
      const resource = id === undefined ? undefined : this.#view.find(watch.typeUrl, id);
      if (id !== undefined && resource !== undefined && this.wants(watch, id)) {
        this.#hadBefore(watch, id, resource, version);
      }
    }
    if (watch.typeUrl === virtualHostType) {
      for (const name of this.#routeConfigurations) this.#addRouteConfiguration(name, this.#batch());
    } else this.#markMissingFrom(watch, this.#view.members(watch.typeUrl), this.#batch());
  }

  /** What the client has from an earlier stream and should have no more is to be taken away. */
  takeBack(watch: Watch, has: ReadonlyMap<string, string>): void {
    for (const name of has.keys()) {
      if (watch.absent.has(name)) continue; // answered as missing
      const id = watch.names.idOf(name);
      const isThere = id !== undefined && this.#view.find(watch.typeUrl, id) !== undefined;
      const isStray = watch.typeUrl === virtualHostType && isThere && !this.wants(watch, id);
      if (!isThere || isStray) watch.markGone(name, undefined, this.#batch());
    }
  }

  unsubscribe(watch: Watch, name: string): void {
    watch.absent.delete(name);
    watch.missing.delete(name);
    if (!watch.wildcard) watch.gone.delete(name);
    const id = watch.names.idOf(name);
    if (id === undefined || !watch.named.delete(id)) return;
    if (this.wants(watch, id)) {
      // The wildcard still wants it, and the client cannot know that: it is told.
      watch.markChanged(id, this.#view.find(watch.typeUrl, id) as EncodedResource, this.#batch());
      return;
    }
    watch.forget(id);
    if (watch.typeUrl === routesType) this.#dropRouteConfiguration(name);
  }

  unsubscribeAll(watch: Watch): void {
    watch.wildcard = false;
    for (const id of [...watch.has, ...watch.dirty]) {
      if (watch.named.has(id)) continue;
      watch.forget(id);
      if (watch.typeUrl === routesType) this.#dropRouteConfiguration(watch.names.nameOf(id));
    }
  }

  /** A layer of the view has changed; says whether that is anything to this client. */
  layerChanged(layer: Layer, typeUrl: TypeUrl, changes: readonly LayerChange[]): boolean {
    const watch = this.#watches.get(typeUrl);
    if (watch === undefined) return false;
    const rank = this.#view.layers.indexOf(layer);
    let concerned = false;
    for (const change of changes) {
      const holder = this.#view.holder(typeUrl, change.id);
      const isShadowed = holder !== undefined && this.#view.layers.indexOf(holder) < rank;
      if (!isShadowed && this.#changed(watch, change)) concerned = true;
    }
    return concerned;
  }

  /** Shows the client other layers; what differs is to be sent. */
  show(layers: readonly Layer[]): void {
    const before = this.#view;
    this.#view = new View(layers);
    for (const [typeUrl, watch] of this.#watches) {
      const ids = before.members(typeUrl);
      ids.addAll(this.#view.members(typeUrl));
      for (const id of ids) {
        const was = before.find(typeUrl, id);
        if (was?.version === this.#view.find(typeUrl, id)?.version) continue;
        this.#changed(watch, { id, name: watch.names.nameOf(id), before: was });
      }
    }
  }

  /** What was to be taken away, or was here before the client, it has still. */
  stillHas(watch: Watch, id: number, batch: number): void {
    watch.markHad(id);
    if (watch.typeUrl === routesType) this.#addRouteConfiguration(watch.names.nameOf(id), batch);
  }

  /**
   * Clusters were sent of which the client had another version. In delta Envoy does not ask for their endpoints again,
   * and yet waits for them before it uses the new version: they are to be sent once more. Endpoints are found by the
   * cluster's name, so a cluster that has a service name besides waits for its `initial_fetch_timeout`.
   */
  clustersRenewed(had: Iterable<number>): void {
    const clusters = this.#watches.get(clusterType);
    const endpoints = this.#watches.get(endpointsType);
    for (const clusterId of had) {
      const name = clusters?.names.nameOf(clusterId) as string;
      const id = endpoints?.names.idOf(name);
      if (!endpoints?.started) this.#renewedClusters.add(name);
      else if (id !== undefined && endpoints.has.has(id)) {
        endpoints.markChanged(id, this.#view.find(endpointsType, id) as EncodedResource, this.#batch());
      }
    }
  }

  /** The client has taken a response. */
  acknowledged(watch: Watch, response: Response): void {
    if (watch.refused.size > 0) for (const { name } of response.resources) watch.refused.delete(name);
    if (watch.typeUrl !== routesType) return;
    for (const { name } of response.resources) {
      const id = watch.names.idOf(name);
      const isKept = id !== undefined && this.wants(watch, id) && this.#view.find(routesType, id) !== undefined;
      if (isKept && !this.#routeConfigurations.has(name)) this.#addRouteConfiguration(name, response.since);
    }
  }

  /** Says that the client has a route configuration; virtual hosts that it has not are to be sent. */
  #addRouteConfiguration(name: string, batch: number): void {
    this.#routeConfigurations.add(name);
    const hosts = this.#watches.get(virtualHostType);
    if (!hosts?.wildcard) return;
    this.#markMissingFrom(hosts, this.#view.under(virtualHostType, name), batch);
  }

  /** What the client does not have of these is to be sent. */
  #markMissingFrom(watch: Watch, ids: IdSet, batch: number): void {
    const missing = ids.clone();
    missing.deleteAll(watch.has);
    if (watch.refused.size === 0 && watch.gone.size === 0 && watch.missing.size === 0) {
      watch.markAll(missing, batch);
      return;
    }
    for (const id of missing) {
      watch.markChanged(id, this.#view.find(watch.typeUrl, id) as EncodedResource, batch);
    }
  }

  /** Says that the client has dropped a route configuration, and with it the virtual hosts under it. */
  #dropRouteConfiguration(name: string): void {
    const hosts = this.#watches.get(virtualHostType);
    if (!this.#routeConfigurations.delete(name) || hosts === undefined) return;
    for (const id of this.#view.under(virtualHostType, name)) {
      // Envoy goes on listing them among the versions it has when it connects again, unless it is told.
      if (!hosts.named.has(id) && hosts.forget(id)) hosts.markGone(hosts.names.nameOf(id), undefined, this.#batch());
    }
  }

  #hadBefore(watch: Watch, id: number, resource: EncodedResource, version: string | undefined): void {
    const isRenewed = watch.typeUrl === endpointsType && this.#renewedClusters.has(resource.name);
    if (version !== resource.version || isRenewed) watch.markChanged(id, resource, this.#batch());
    this.stillHas(watch, id, this.#batch());
  }

  #changed(watch: Watch, { id, name, before }: LayerChange): boolean {
    const now = this.#view.find(watch.typeUrl, id);
    if (now !== undefined) {
      if (watch.absent.delete(name)) watch.named.add(id);
      if (!this.wants(watch, id)) return false;
      if (watch.gone.has(name)) this.stillHas(watch, id, this.#batch());
      return watch.markChanged(id, now, this.#batch());
    }
    const wasNamed = watch.named.delete(id);
    if (wasNamed) watch.absent.add(name);
    const had = watch.forget(id);
    if (had) watch.markGone(name, before, this.#batch());
    else if (wasNamed) watch.markMissing(name, this.#batch());
    if (watch.typeUrl === routesType) this.#dropRouteConfiguration(name);
    return had || wasNamed;
  }
}
