import { create } from "@bufbuild/protobuf";
import type { LastGood } from "#agent/relay/last-good.ts";
import type { Node } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  type Resource,
} from "#envoy/gen/envoy/service/discovery/v3/discovery_pb.js";

import { listenerType, routeConfigurationOf, routesType, virtualHostType } from "#xds/type-urls.ts";

/** Who a response came from: a stream to the control plane, by its number, or the agent itself, from what it kept. */
export type Origin = number | "agent";

interface Sent {
  readonly nonce: string;
  readonly origin: Origin;
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
}

/** What an Envoy asked for of one type, and what it has of it. */
interface TypeView {
  wildcard: boolean;
  readonly names: Set<string>;
  /** Versions of what it accepted, or said that it has. */
  readonly has: Map<string, string>;
  /** Sent and not yet answered; Envoy answers in order. */
  readonly sent: Sent[];
  /** Whether it has had an answer on this stream, or came with what it had. */
  answered: boolean;
}

/** What is to be done about a request of the Envoy. */
export interface Handling {
  /** The control plane is to be told this: the request as it is, or a new one without what does not concern it. */
  readonly forward: DeltaDiscoveryRequest | "as it is" | undefined;
  /** The Envoy refused something that came from the stream `origin`: what it says. */
  readonly refused: string | undefined;
}

const wildcardName = "*";

/**
 * One Envoy's subscriptions and what it has of them, as seen by whoever stands between it and the control plane. A
 * stream to the control plane can be exchanged underneath: the new one is told all this, so only differences come.
 */
export class ProxyView {
  readonly #types = new Map<string, TypeView>();
  readonly #lastGood: LastGood;
  #node: Node | undefined;
  #nonces = 0;

  constructor(lastGood: LastGood) {
    this.#lastGood = lastGood;
  }

  /** Whether the Envoy has said who it is, and so can be spoken for. */
  get isKnown(): boolean {
    return this.#node !== undefined;
  }

  /**
   * Takes in a request of the Envoy.
   *
   * @param upstream  the stream to the control plane that is open now, or `undefined`
   */
  request(request: DeltaDiscoveryRequest, upstream: number | undefined): Handling {
    if (request.node !== undefined) this.#node = request.node;
    const { view, isFirst } = this.#viewOf(request);
    const answered = request.responseNonce === "" ? undefined : takeSent(view.sent, request.responseNonce);
    if (answered !== undefined && request.errorDetail === undefined) this.#accept(request.typeUrl, view, answered);
    this.#subscribe(request, view, isFirst);

    const refused = answered && request.errorDetail?.message;
    if (upstream === undefined) return { forward: undefined, refused };
    const concerns = request.responseNonce === "" || answered?.origin === upstream;
    if (concerns) return { forward: "as it is", refused };
    const hasNews = request.resourceNamesSubscribe.length > 0 || request.resourceNamesUnsubscribe.length > 0;
    if (!hasNews) return { forward: undefined, refused };
    return { forward: { ...request, responseNonce: "", errorDetail: undefined }, refused };
  }

  /** Whether a response only says that there is nothing new, to an Envoy that waits for no answer. */
  isIdle({ typeUrl, resources, removedResources }: DeltaDiscoveryResponse): boolean {
    return resources.length + removedResources.length === 0 && (this.#types.get(typeUrl)?.answered ?? false);
  }

  /** Notes what the control plane has sent; it goes to the Envoy as it is. */
  response({ typeUrl, nonce, resources, removedResources }: DeltaDiscoveryResponse, origin: Origin): void {
    this.#types.get(typeUrl)?.sent.push({ nonce, origin, resources, removed: removedResources });
  }

  /** What a new stream to the control plane is told: everything subscribed to, and the versions that are here. */
  resubscribe(): DeltaDiscoveryRequest[] {
    const requests: DeltaDiscoveryRequest[] = [];
    for (const [typeUrl, { wildcard, names, has }] of this.#types) {
      if (!wildcard && names.size === 0) continue;
      requests.push(
        create(DeltaDiscoveryRequestSchema, {
          node: requests.length === 0 ? this.#node : undefined,
          typeUrl,
          // A wildcard alone is an empty list, as Envoy says it.
          resourceNamesSubscribe: wildcard && names.size > 0 ? [wildcardName, ...names] : [...names],
          initialResourceVersions: Object.fromEntries(has),
        }),
      );
    }
    return requests;
  }

  /**
   * What the Envoy can be given from the last good configuration, type by type in the order in which it asked: what it
   * named and does not have, and all of a type that it wants whole and got no answer for.
   */
  fromLastGood(): DeltaDiscoveryResponse[] {
    const answers: DeltaDiscoveryResponse[] = [];
    for (const [typeUrl, view] of this.#types) {
      const kept = this.#lastGood.resources(typeUrl);
      if (kept === undefined) continue;
      const owesAnswer = view.wildcard && !view.answered && view.sent.length === 0;
      const coming = new Set(view.sent.flatMap(({ resources }) => resources.map(({ name }) => name)));
      const isMissing = (name: string) => !view.has.has(name) && !coming.has(name);
      const isWanted = (name: string) => view.names.has(name) || this.#wantsUnnamed(typeUrl, name, owesAnswer);
      const resources = [...kept.values()].filter(({ name }) => isMissing(name) && isWanted(name));
      if (resources.length > 0 || owesAnswer) answers.push(this.#answer(typeUrl, view, resources));
    }
    return answers;
  }

  /** Whether a resource belongs to what the Envoy asked for without naming it: all of a type, or virtual hosts of a route. */
  #wantsUnnamed(typeUrl: string, name: string, owesAnswer: boolean): boolean {
    if (typeUrl !== virtualHostType) return owesAnswer;
    const hasRoutes = this.#types.get(routesType)?.has.has(routeConfigurationOf(name)) ?? false;
    return hasRoutes && (this.#types.get(virtualHostType)?.wildcard ?? false);
  }

  #answer(typeUrl: string, view: TypeView, resources: Resource[]): DeltaDiscoveryResponse {
    view.answered = true;
    const answer = create(DeltaDiscoveryResponseSchema, { typeUrl, nonce: `agent-${++this.#nonces}`, resources });
    this.response(answer, "agent");
    return answer;
  }

  /**
   * Forgets kept listeners that the control plane did not send again to an Envoy that started afresh: they went while it
   * was away. Of other types such leftovers do no harm, and may still be asked for by name.
   */
  settle(): void {
    const view = this.#types.get(listenerType);
    if (view?.answered) this.#lastGood.retain(listenerType, (name) => view.has.has(name));
  }

  #viewOf({ typeUrl, initialResourceVersions }: DeltaDiscoveryRequest): { view: TypeView; isFirst: boolean } {
    const known = this.#types.get(typeUrl);
    if (known !== undefined) return { view: known, isFirst: false };
    const has = new Map(Object.entries(initialResourceVersions));
    const view: TypeView = { wildcard: false, names: new Set(), has, sent: [], answered: has.size > 0 };
    this.#types.set(typeUrl, view);
    return { view, isFirst: true };
  }

  #subscribe(request: DeltaDiscoveryRequest, view: TypeView, isFirst: boolean): void {
    const { resourceNamesSubscribe, resourceNamesUnsubscribe, typeUrl } = request;
    if (isFirst && resourceNamesSubscribe.length === 0) view.wildcard = true;
    for (const name of resourceNamesSubscribe) {
      if (name === wildcardName) view.wildcard = true;
      else {
        view.names.add(name);
        // Asked for once more: whatever it had, it has dropped.
        if (!isFirst) this.#drop(typeUrl, view, name);
      }
    }
    const gone: string[] = [];
    for (const name of resourceNamesUnsubscribe) {
      if (name === wildcardName) view.wildcard = false;
      else if (view.names.delete(name) && !view.wildcard && this.#drop(typeUrl, view, name)) gone.push(name);
    }
    if (gone.length > 0) this.#lastGood.accept(typeUrl, [], gone);
  }

  /** Notes that the Envoy has a resource no more; with a route configuration go the virtual hosts under it. */
  #drop(typeUrl: string, view: TypeView, name: string): boolean {
    const hosts = typeUrl === routesType ? this.#types.get(virtualHostType) : undefined;
    for (const host of hosts?.has.keys() ?? []) if (routeConfigurationOf(host) === name) hosts?.has.delete(host);
    return view.has.delete(name);
  }

  #accept(typeUrl: string, view: TypeView, { resources, removed, origin }: Sent): void {
    // A resource without content says that there is none of that name, or that the one before lives on.
    const news = resources.filter(({ resource }) => resource !== undefined);
    for (const { name, version } of news) view.has.set(name, version);
    for (const name of removed) this.#drop(typeUrl, view, name);
    if (origin === "agent") return;
    view.answered = true;
    this.#lastGood.accept(typeUrl, news, removed);
  }
}

/** The response that a nonce answers. One that was sent before it and not answered will not be. */
function takeSent(sent: Sent[], nonce: string): Sent | undefined {
  const at = sent.findIndex((response) => response.nonce === nonce);
  return at < 0 ? undefined : sent.splice(0, at + 1).at(-1);
}
