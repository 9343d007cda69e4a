import type { Catalogue, Names } from "./catalogue.ts";
import { IdSet } from "./id-set.ts";
import type { Response, Standing } from "./meaning.ts";
import type { Activity } from "./order.ts";
import type { EncodedResource, TypeUrl } from "./resource.ts";

/** A version of a resource that the client would not take. It is not sent again; another version is. */
export interface RefusedVersion {
  readonly version: string;
  readonly message: string;
}

const never = Number.POSITIVE_INFINITY;

/**
 * One resource type on one stream: what the client wants, has, and is still to be sent.
 *
 * It is small, as there are thousands: bits for names of the client's view, and strings just for what is odd (names
 * that do not exist, removals, refusals). However much changes while the client is slow, it is what is current that
 * is sent to it in the end.
 */
export class Watch {
  readonly typeUrl: TypeUrl;
  /** For endpoints in state of the world: clusters were sent, whose endpoints Envoy will want once more. */
  clustersSent = false;
  /** A first request for this type has come. */
  started = false;
  standing: Standing = { at: "new" };
  wildcard = false;
  /** Names asked for that the view holds. */
  readonly named = new IdSet();
  /** Names asked for that the view does not hold. */
  readonly absent = new Set<string>();
  /** What was sent, or the client had when it came. */
  readonly has = new IdSet();
  /** What is to be sent. */
  readonly dirty = new IdSet();
  /** What is to be taken away, with what it was. */
  readonly gone = new Map<string, EncodedResource | undefined>();
  /** Names to be answered with "there is none". */
  readonly missing = new Set<string>();
  /** The client waits for an answer, even if there is nothing to say. */
  owesAnswer = false;
  /** Names of a refused response that are tried again in smaller groups, to find the bad ones. */
  readonly suspects: (readonly string[])[] = [];
  readonly refused = new Map<string, RefusedVersion>();
  readonly counts = { sent: 0, resourcesSent: 0, acked: 0, refused: 0 };
  lastRefusal = "";
  /** The oldest batch of which something is still to be sent. */
  #since = never;
  /** The same, for the suspects. */
  #suspectsSince = never;
  readonly #catalogue: Catalogue;

  constructor(typeUrl: TypeUrl, catalogue: Catalogue) {
    this.typeUrl = typeUrl;
    this.#catalogue = catalogue;
  }

  get names(): Names {
    return this.#catalogue.look(this.typeUrl);
  }

  /** How many names the client asked for. */
  get nameCount(): number {
    return this.named.size + this.absent.size;
  }

  /** The oldest batch that the client has not acknowledged all of. */
  get unacknowledgedSince(): number {
    const sent = this.standing.at === "sent" ? this.standing.response.since : never;
    return Math.min(sent, this.#isPending ? this.#since : never, this.#suspectsSince);
  }

  /** Nothing is to be sent, or something is on its way that has to be acknowledged first. */
  get idle(): boolean {
    return this.standing.at === "sent" || !(this.#isPending || this.owesAnswer || this.suspects.length > 0);
  }

  get activity(): Activity {
    return {
      changes: this.suspects.length > 0 || this.missing.size > 0 || this.owesAnswer || !this.dirty.empty,
      removals: this.gone.size > 0,
      unacknowledged: this.standing.at === "sent" && this.standing.response.resources.length > 0,
    };
  }

  /** The resource is to be sent, unless the client refused just this version; says which. */
  markChanged(id: number, resource: EncodedResource, batch: number): boolean {
    if (this.gone.delete(resource.name)) this.markHad(id);
    this.missing.delete(resource.name);
    if (this.refused.get(resource.name)?.version === resource.version) {
      this.dirty.delete(id);
      return false;
    }
    this.dirty.add(id);
    this.#since = Math.min(this.#since, batch);
    return true;
  }

  /** All of these are to be sent, to a client that has nothing of this type yet. */
  markAll(ids: IdSet, batch: number): void {
    this.dirty.addAll(ids);
    this.#since = Math.min(this.#since, batch);
  }

  /** The client has the resource already, if maybe not in this version. */
  markHad(id: number): void {
    this.has.add(id);
    if (this.standing.at === "sent") this.standing.response.had.add(id);
  }

  markGone(name: string, was: EncodedResource | undefined, batch: number): void {
    this.missing.delete(name);
    this.refused.delete(name);
    this.gone.set(name, was);
    this.#since = Math.min(this.#since, batch);
  }

  markMissing(name: string, batch: number): void {
    this.missing.add(name);
    this.#since = Math.min(this.#since, batch);
  }

  markSuspects(groups: readonly (readonly string[])[], since: number): void {
    this.suspects.unshift(...groups);
    this.#suspectsSince = Math.min(this.#suspectsSince, since);
  }

  /** Forgets the resource without a word to the client, which does not want it any more. */
  forget(id: number): boolean {
    this.dirty.delete(id);
    if (this.standing.at === "sent") this.standing.response.had.delete(id);
    return this.has.delete(id);
  }

  /**
   * The oldest batch that a response carries changes of. To be called for each response, after what it carries was
   * taken from here.
   */
  takeSince(): number {
    const since = Math.min(this.#since, this.#suspectsSince);
    if (this.suspects.length === 0) this.#suspectsSince = never;
    if (!this.#isPending) this.#since = never;
    return since;
  }

  get #isPending(): boolean {
    return this.gone.size > 0 || this.missing.size > 0 || !this.dirty.empty;
  }

  noteClustersSent(): void {
    this.clustersSent = true;
  }

  sent(response: Response): void {
    this.counts.sent++;
    this.counts.resourcesSent += response.resources.length;
    this.standing = { at: "sent", nonce: response.nonce, response };
  }
}
