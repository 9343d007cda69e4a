import { parseAllDocuments } from "yaml";
import { ControlPlane, type ObjectName, type Rollout } from "#apps/cli/api-client.ts";
import { kindNamed } from "#apps/cli/commands/get.ts";
import { readDocuments } from "#apps/cli/documents.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { UsageFault } from "#apps/cli/print-fault.ts";
import { isLive, objectText, rolloutText } from "#apps/cli/rollout.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";

interface DeleteFlags extends WhichMesh {
  readonly filename?: readonly string[];
  readonly namespace: string;
  readonly wait?: boolean;
  readonly output: Form;
}

export async function runDelete(kind: string | undefined, name: string | undefined, flags: DeleteFlags): Promise<void> {
  const { filename = [], namespace, wait = false, output, ...which } = flags;
  const objects = filename.length > 0 ? await objectsOf(filename, namespace) : [named(kind, name, namespace)];
  const controlPlane = new ControlPlane(findMesh(which).state);
  const deleted: { readonly object: ObjectName; readonly rollout: Rollout | undefined }[] = [];
  try {
    for (const object of objects) {
      const rollout = (await controlPlane.delete(object, { wait }))?.rollout;
      deleted.push({ object, rollout });
      if (wait && !isLive(rollout)) process.exitCode = 1;
    }
  } finally {
    // Also where one of them could not be: those before it are gone.
    print(output, { deleted }, () =>
      deleted
        .flatMap(({ object, rollout }) => [
          `${objectText(object)} deleted`,
          ...(wait && rollout !== undefined ? [rolloutText(rollout)] : []),
        ])
        .join("\n"),
    );
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
