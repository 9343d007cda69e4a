import type { MeshObject } from "#api/object.ts";
import { writtenForm } from "#api/print.ts";
import { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";
import { maxObjectBytes, type ObjectKey, sizeOf } from "#sources/store/object.ts";
import type { Edit } from "#sources/store/store.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { splitWritten, type WrittenDocument } from "./written.ts";

export type Action = "created" | "updated" | "unchanged" | "refused";

export interface ApplyResult {
  readonly object: ObjectKey;
  readonly action: Action;
  readonly findings: readonly Finding[];
}

/** What applying documents would do, object by object. */
export interface Plan {
  readonly results: readonly ApplyResult[];
  readonly findings: readonly Finding[];
  readonly edits: readonly Edit[];
}

export interface Documents {
  readonly documents: readonly { readonly file: string; readonly text: string }[];
  /** Of objects that name none. */
  readonly namespace: string;
}

const keptInFile = finding({
  code: "STOD0903",
  severity: "error",
  example: { file: "mesh/reviews.yaml" },
  says: (at: { file: string }) => `the object is written in ${at.file}, and what is in a file is in force`,
  help: ({ file }) => `Edit ${file}.`,
});

const registered = finding({
  code: "STOD0904",
  severity: "error",
  says: () => "the object is registered by the mesh itself",
  help: "Edit stod.yaml, where its service is.",
});

const appliedTwice = finding({
  code: "STOD0905",
  severity: "error",
  example: { where: "canary.yaml:3" },
  says: (at: { where: string }) => `the same object is applied at ${at.where} already, and that one counts`,
  help: "Take one of the two out.",
});

const tooLarge = finding({
  code: "STOD0906",
  severity: "error",
  example: { bytes: 2_000_000 },
  says: (at: { bytes: number }) => `the object has ${at.bytes} bytes, and the store takes ${maxObjectBytes}`,
  help: "Make several objects of it.",
});

/** Finds out what applying these documents would do. What is wrong with one object keeps no other one back. */
export function planOf(parts: ControlPlaneParts, { documents, namespace }: Documents): Plan {
  const results: ApplyResult[] = [];
  const findings: Finding[] = [];
  const edits: Edit[] = [];
  const seen = new Map<string, string>();
  for (const { file, text } of documents) {
    for (const written of splitWritten(text, file, namespace)) {
      findings.push(...written.findings);
      for (const ref of written.refused) {
        const object = ref ?? { kind: "?", namespace, name: "?" };
        results.push({ object, action: "refused", findings: written.findings });
      }
      for (const object of written.objects) {
        const edit = editOf(object, written);
        const refusal = whyRefused(parts, object, edit, seen);
        if (refusal !== undefined) {
          findings.push(refusal);
          results.push({ object: keyOf(object), action: "refused", findings: [...written.findings, refusal] });
          continue;
        }
        const action = actionOf(parts, edit);
        results.push({ object: keyOf(object), action, findings: written.findings });
        if (action !== "unchanged") edits.push(edit);
      }
    }
  }
  return { results, findings, edits };
}

/** What is to be said where an object lives elsewhere than in the store, which then is not the place to change it. */
export function elsewhere(object: MeshObject, source: string): Finding | undefined {
  if (source === "store") return undefined;
  const at = rootOf(object);
  return source === "files" ? keptInFile({ at, file: object.origin.file ?? "a file" }) : registered({ at });
}

type Put = Extract<Edit, { do: "put" }>;

function editOf(object: MeshObject, { text, file, line }: WrittenDocument): Put {
  const asked = object.metadata.resourceVersion;
  const body = { text, json: writtenForm(object), file, line };
  return { ...keyOf(object), do: "put", body, ifVersion: asked === undefined ? undefined : Number(asked) };
}

/** @param seen  where objects stand that came before; this one is entered */
function whyRefused(
  { book }: ControlPlaneParts,
  object: MeshObject,
  { body }: Put,
  seen: Map<string, string>,
): Finding | undefined {
  const there = book.get(object.kind, object.key);
  const inForce = there && elsewhere(there.object, there.source);
  if (inForce !== undefined) return { ...inForce, ...placeOf(object) };
  const at = rootOf(object);
  const id = `${object.kind} ${object.key}`;
  const where = seen.get(id);
  if (where !== undefined) return appliedTwice({ at, where });
  seen.set(id, `${body.file}:${body.line}`);
  const bytes = sizeOf(body);
  return bytes > maxObjectBytes ? tooLarge({ at, bytes }) : undefined;
}

function actionOf({ store }: ControlPlaneParts, edit: Put): Action {
  const before = store.get(edit);
  if (before === undefined) return "created";
  return before.text.trim() === edit.body.text.trim() ? "unchanged" : "updated";
}

function rootOf({ kind, metadata: { namespace, name }, origin }: MeshObject): FieldPath {
  return new FieldPath({ kind, namespace, name }, origin);
}

/** A finding about what is in force is told where the user wrote otherwise. */
function placeOf({ origin }: MeshObject): Pick<Finding, "file" | "line"> {
  return { file: origin.file, line: origin.lineOf("") };
}

function keyOf({ kind, metadata: { namespace, name } }: MeshObject): ObjectKey {
  return { kind, namespace, name };
}
