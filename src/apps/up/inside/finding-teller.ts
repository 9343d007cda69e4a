import { setTimeout as delay } from "node:timers/promises";
import type { ControlPlane } from "#apps/cli/api-client.ts";
import type { Tell } from "#apps/up/inside/events.ts";
import type { Finding } from "#findings/finding.ts";
import { printFinding } from "#findings/print.ts";

/** Tells each finding once when it comes, and when the last one is gone, from a control plane that may go and come. */
export async function tellFindings(controlPlane: ControlPlane, tell: Tell, signal: AbortSignal): Promise<void> {
  let told: ReadonlySet<string> = new Set();
  const onChange = (findings: readonly Finding[]) => {
    const texts = new Set(findings.map(printFinding));
    const news = [...texts].filter((text) => !told.has(text));
    if (news.length > 0) tell({ is: "note", text: news.join("\n") });
    if (texts.size === 0 && told.size > 0) tell({ is: "note", text: "all that was found is mended" });
    told = texts;
  };
  while (!signal.aborted) {
    // Away; its supervisor says so where that is worth saying.
    if (controlPlane.isThere) await controlPlane.watchFindings(onChange, signal).catch(() => {});
    await delay(100, undefined, { signal }).catch(() => {});
  }
}
