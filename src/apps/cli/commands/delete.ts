import { parseAllDocuments } from "yaml";
import { ControlPlane, type ObjectName } from "#apps/cli/api-client.ts";
import { kindNamed } from "#apps/cli/commands/get.ts";
import { readDocuments } from "#apps/cli/documents.ts";
import { UsageFault } from "#apps/cli/print-fault.ts";
import { isLive, objectText, rolloutText } from "#apps/cli/rollout.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import { visible } from "#base/visible.ts";

interface DeleteFlags extends WhichMesh {
  readonly filename?: readonly string[];
  readonly namespace: string;
  readonly wait?: boolean;
}

export async function runDelete(kind: string | undefined, name: string | undefined, flags: DeleteFlags): Promise<void> {
  const { filename = [], namespace, wait = false, ...which } = flags;
  const objects = filename.length > 0 ? await objectsOf(filename, namespace) : [named(kind, name, namespace)];
  const controlPlane = new ControlPlane(findMesh(which).state);
  for (const object of objects) {
    const answer = await controlPlane.delete(object, { wait });
    process.stdout.write(`${objectText(object)} deleted\n`);
    if (answer?.rollout !== undefined && wait) process.stdout.write(`${visible(rolloutText(answer.rollout))}\n`);
    if (wait && !isLive(answer?.rollout)) process.exitCode = 1;
  }
}

function named(kind: string | undefined, name: string | undefined, namespace: string): ObjectName {
  if (kind === undefined || name === undefined) {
    throw new UsageFault("no object was named", "Name it, as in: stod delete vs reviews -n shop, or its file with -f.");
  }
  return { kind: kindNamed(kind), namespace, name };
}

async function objectsOf(files: readonly string[], namespace: string): Promise<readonly ObjectName[]> {
  const documents = await readDocuments(files);
  return documents.flatMap(({ file, text }) => namesIn(text, file, namespace));
}

/** The names of a text's objects; their content does not matter here. */
export function namesIn(text: string, file: string, namespace: string): readonly ObjectName[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0] !== undefined) {
      throw new UsageFault(
        `${file} is not YAML: ${document.errors[0].message.split("\n")[0]}`,
        "Correct the text there or just above.",
      );
    }
    const object = document.toJS({ maxAliasCount: 100 }) as {
      kind?: unknown;
      metadata?: { name?: unknown; namespace?: unknown };
    } | null;
    if (object === null) return [];
    const { kind, metadata } = object;
    if (typeof kind !== "string" || typeof metadata?.name !== "string") {
      throw new UsageFault(
        `${file} has something in it that has no kind or name`,
        "Give each object a kind and a metadata.name.",
      );
    }
    const own = typeof metadata.namespace === "string" ? metadata.namespace : namespace;
    return [{ kind, namespace: own, name: metadata.name }];
  });
}
