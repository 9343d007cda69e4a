import type { IdSet } from "./id-set.ts";
import type { EncodedResource } from "./resource.ts";

/** A response on its way, until the client has said what it thinks of it. */
export interface Response {
  readonly nonce: string;
  /** The server's version when it was sent. */
  readonly version: number;
  readonly resources: readonly EncodedResource[];
  /** Numbers of those of the resources that the client had in another version before. */
  readonly had: IdSet;
  /** What the client had and is to drop. */
  readonly removed: readonly string[];
  /** What the client asked for and there is none of. */
  readonly missing: readonly string[];
  /** The oldest batch that it carries changes of. */
  readonly since: number;
}

/** Where one resource type stands on one stream: what we sent last, and what became of it. */
export type Standing =
  | { readonly at: "new" }
  | { readonly at: "sent"; readonly nonce: string; readonly response: Response }
  | { readonly at: "acked"; readonly nonce: string; readonly version: number }
  | { readonly at: "refused"; readonly nonce: string; readonly version: number; readonly reason: string };

/** `stale` answers a response that is not the last one; `resubscribe` only changes what is subscribed. */
export type Meaning = "subscribe" | "resubscribe" | "ack" | "nack" | "stale";

/** What a request means, given what we sent last. */
export function meaningOf(
  request: { readonly nonce: string; readonly refused: unknown },
  standing: Standing | undefined,
): Meaning {
  if (request.nonce === "") return "subscribe";
  // Without an answer of ours on this stream, the nonce is one of a stream before it.
  if (standing === undefined || standing.at === "new") return "subscribe";
  if (request.nonce !== standing.nonce) return "stale";
  if (standing.at !== "sent") return "resubscribe";
  return request.refused === undefined ? "ack" : "nack";
}
