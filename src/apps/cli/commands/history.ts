import { type Change, ControlPlane } from "#apps/cli/api-client.ts";
import { kindNamed } from "#apps/cli/commands/get.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { objectText } from "#apps/cli/rollout.ts";
import { columns, paintFor } from "#apps/cli/terminal.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";

interface HistoryFlags extends WhichMesh {
  readonly namespace?: string;
  readonly output: Form;
}

export async function runHistory(
  asked: string | undefined,
  name: string | undefined,
  flags: HistoryFlags,
): Promise<void> {
  const { namespace, output, ...which } = flags;
  const kind = asked === undefined ? undefined : kindNamed(asked);
  const changes = await new ControlPlane(findMesh(which).state).history({ kind, name, namespace });
  print(output, { changes }, () => historyTable(changes));
}

function historyTable(changes: readonly Change[]): string {
  if (changes.length === 0) return "nothing was applied yet";
  const paint = paintFor(process.stdout);
  const text = (value: unknown) => (value === undefined ? "" : String(value));
  const rows = changes.map((change) => [
    text(change.revision),
    text(change.at).replace(/\.\d+/, ""),
    text(change.action),
    objectText(change),
    text(change.what),
  ]);
  return columns([["REVISION", "AT", "ACTION", "OBJECT", "WITH"].map(paint.bold), ...rows]);
}
