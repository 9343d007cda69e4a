import { ControlPlane } from "#apps/cli/api-client.ts";
import { readDocuments } from "#apps/cli/documents.ts";
import { lineDiff } from "#apps/cli/line-diff.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { objectText } from "#apps/cli/rollout.ts";
import { paintFor } from "#apps/cli/terminal.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import { printFinding } from "#findings/print.ts";

interface DiffFlags extends WhichMesh {
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly output: Form;
}

export async function runDiff({ filename, namespace, output, ...which }: DiffFlags): Promise<void> {
  const documents = await readDocuments(filename);
  const answer = await new ControlPlane(findMesh(which).state).diff(documents, namespace);
  const changed = answer.objects.filter(({ action }) => action !== "unchanged");
  print(output, answer, () => {
    const paint = paintFor(process.stdout);
    const colour = (line: string) =>
      line.startsWith("+") ? paint.green(line) : line.startsWith("-") ? paint.red(line) : line;
    const told = answer.findings.map(printFinding);
    const shown = changed.map(({ object, action, before, after }) => {
      const lines = action === "refused" ? [] : lineDiff(before, after).map(colour);
      return [paint.bold(`${objectText(object)} ${action}`), ...lines].join("\n");
    });
    return [...told, ...shown].join("\n");
  });
  if (changed.length > 0) process.exitCode = 1;
}
