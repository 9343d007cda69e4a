import type { UpInstance } from "#apps/cli/api-client.ts";

/** What the inside tells the outside, a JSON line each. */
export type InsideEvent =
  /** The network is there, and the programs are about to be started. */
  | { readonly is: "inside" }
  /** Instances, whenever one of them has changed. */
  | { readonly is: "instances"; readonly instances: readonly UpInstance[] }
  /** All instances are ready, for the first time. */
  | { readonly is: "serving"; readonly withoutControlPlane?: boolean }
  /** Something worth a line. */
  | { readonly is: "note"; readonly text: string };

/** Tells the outside. */
export type Tell = (event: InsideEvent) => void;

/** Reads the lines of events. Anything else is handed on as a note: somebody printed it, and wants it seen. */
export function parseEvent(line: string): InsideEvent | undefined {
  if (line.trim() === "") return undefined;
  try {
    const event = JSON.parse(line) as InsideEvent;
    if (typeof event === "object" && event !== null && typeof event.is === "string") return event;
  } catch {
    // No event; below.
  }
  return { is: "note", text: line };
}
