import type { TypeUrl } from "./resource.ts";
import type { Watch } from "./watch.ts";

/** How it stands with one type of one client. */
export interface TypeStatus {
  readonly typeUrl: TypeUrl;
  /** `pending`: something is on its way, or to be sent; `refused`: the client keeps some older version. */
  readonly state: "synced" | "pending" | "refused";
  /** How many resources the client was sent and has not been told to drop. */
  readonly resources: number;
  /** How many responses, of each kind. */
  readonly sent: number;
  /** In how many of them each resource was, added up. */
  readonly resourcesSent: number;
  readonly acked: number;
  readonly refused: number;
  /** What the client said when it last refused something; empty if it never did. */
  readonly lastRefusal: string;
  /** The versions that it would not take, by name; in state of the world that cannot be told. */
  readonly refusedResources: readonly { readonly name: string; readonly version: string; readonly message: string }[];
}

export function typeStatus(watch: Watch): TypeStatus {
  const { changes, removals } = watch.activity;
  const isPending = changes || removals || watch.standing.at === "sent";
  const isRefused = watch.refused.size > 0 || watch.standing.at === "refused";
  return {
    typeUrl: watch.typeUrl,
    state: isPending ? "pending" : isRefused ? "refused" : "synced",
    resources: watch.has.size,
    ...watch.counts,
    lastRefusal: watch.lastRefusal,
    refusedResources: [...watch.refused].map(([name, refused]) => ({ name, ...refused })),
  };
}
