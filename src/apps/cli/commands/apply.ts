import { type ApplyAnswer, ControlPlane } from "#apps/cli/api-client.ts";
import { readDocuments } from "#apps/cli/documents.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { isLive, objectText, rolloutText } from "#apps/cli/rollout.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import { printFinding } from "#findings/print.ts";

interface ApplyFlags extends WhichMesh {
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly output: Form;
}

export async function runApply({ filename, namespace, wait, dryRun, output, ...which }: ApplyFlags): Promise<void> {
  const documents = await readDocuments(filename);
  const { state } = findMesh(which);
  const answer = await new ControlPlane(state).apply({
    documents,
    namespace,
    wait: wait ?? false,
    dryRun: dryRun ?? false,
  });
  print(output, answer, () => applyText(answer, { wait: wait ?? false, dryRun: dryRun ?? false }));
  const refused = answer.results.some(({ action }) => action === "refused");
  const isBroken = answer.findings.some(({ severity }) => severity === "error");
  if (refused || isBroken || (wait && !isLive(answer.rollout))) process.exitCode = 1;
}

/** What applying did, a line each object; then what is to be said about it, then where it is live. */
export function applyText(
  { results, findings, rollout }: ApplyAnswer,
  said: { wait: boolean; dryRun: boolean },
): string {
  const lines = results.map(
    ({ object, action }) => `${objectText(object)} ${action}${said.dryRun ? " (dry run)" : ""}`,
  );
  // A finding may be told for its object and for the whole.
  const all = new Set([...results.flatMap((result) => result.findings ?? []), ...findings].map(printFinding));
  const live = rollout !== undefined && (said.wait || rollout.refusals.length > 0) ? [rolloutText(rollout)] : [];
  return [...lines, ...all, ...live].join("\n");
}
