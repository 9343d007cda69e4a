import { parseDuration } from "#base/duration.ts";
import type { Ingredient } from "#graph/explain.ts";
import type { ConnectedClient } from "#xds/connected-client.ts";
import type { Rollout } from "#xds/rollout.ts";
import type { Directory } from "../directory.ts";
import type { Publisher } from "../publisher.ts";

/** How a change reached the proxies, as the API says it. */
export interface RolloutReport {
  readonly version: number;
  /** Proxies that the change concerns. */
  readonly proxies: number;
  /** Those of them that have all of it. */
  readonly live: number;
  readonly ms: number;
  readonly refusals: readonly {
    readonly proxy: string;
    readonly typeUrl: string;
    readonly resource: string;
    readonly madeFrom: readonly string[];
    readonly envoySays: string;
  }[];
}

const longestWaitMs = 30_000;

/** How long a caller wants to wait for a change to be live: `true`, or a duration; 0 for not at all. */
export function waitOf(asked: unknown): number {
  if (asked === true || asked === "true" || asked === "") return longestWaitMs;
  if (typeof asked !== "string") return 0;
  return Math.min(parseDuration(asked)?.ms ?? 0, longestWaitMs);
}

/** Waits until every proxy that a change concerns has it or has refused it, at most as long as said. */
export async function reportOf(
  rollout: Rollout<ConnectedClient>,
  since: number,
  waitMs: number,
  { publisher, directory }: { readonly publisher: Publisher; readonly directory: Directory },
): Promise<RolloutReport> {
  if (waitMs > 0 && !rollout.settled) {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    await Promise.race([rollout.done, late]);
    clearTimeout(timer);
  }
  return {
    version: rollout.version,
    proxies: rollout.proxies,
    live: rollout.live,
    ms: Math.round((performance.now() - since) * 10) / 10,
    refusals: rollout.refusals.flatMap(({ client, typeUrl, names, message }) =>
      names.map((resource) => ({
        proxy: directory.titleOf(client),
        typeUrl,
        resource,
        madeFrom: publisher.madeFrom(client, typeUrl, resource).map(ingredient),
        envoySays: message,
      })),
    ),
  };
}

/** As in `VirtualService shop/reviews`. */
export function ingredient({ collection, key }: Ingredient): string {
  return `${collection} ${key}`;
}
