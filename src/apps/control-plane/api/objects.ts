import type { MeshObject } from "#api/object.ts";
import { printYaml, writtenForm } from "#api/print.ts";
import type { Finding } from "#findings/finding.ts";
import type { ObjectKey } from "#sources/store/object.ts";
import type { Edit } from "#sources/store/store.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { type ApiRequest, HttpFault, type Routes } from "./http.ts";
import { type RolloutReport, reportOf, waitOf } from "./rollouts.ts";
import { splitWritten, type WrittenDocument } from "./written.ts";

type Action = "created" | "updated" | "unchanged" | "refused";

interface ApplyResult {
  readonly object: ObjectKey;
  readonly action: Action;
  readonly findings: readonly Finding[];
}

/** Reading and writing objects. */
export function objectRoutes(parts: ControlPlaneParts): Routes {
  const { book, store, settler } = parts;
  return {
    "GET /v1/objects": ({ query }) => ({
      objects: book
        .list({ kind: said(query, "kind"), namespace: said(query, "namespace"), name: said(query, "name") })
        .map(writtenForm),
    }),
    "POST /v1/apply": async (request) => apply(parts, await applyBody(request)),
    "POST /v1/diff": async (request) => diff(parts, await applyBody(request)),
    "GET /v1/history": ({ query }) => ({ changes: historyOf(parts, query) }),
    "DELETE /v1/objects/:kind/:namespace/:name": async ({ path, query }) => {
      const { kind = "", namespace = "", name = "" } = path;
      const found = book.get(kind, `${namespace}/${name}`);
      if (found === undefined) {
        throw new HttpFault(404, `there is no ${kind} ${namespace}/${name}`, `List what is there: stod get ${kind} -A`);
      }
      requireStored(found.source, found.object);
      const since = performance.now();
      store.delete({ kind, namespace, name }, { who: "api", what: `stod delete ${kind} ${namespace}/${name}` });
      return { rollout: await reportOf(settler.now(), since, waitOf(query.get("wait")), parts) };
    },
  };
}

interface ApplyBody {
  readonly documents: readonly { readonly file: string; readonly text: string }[];
  readonly dryRun: boolean;
  readonly waitMs: number;
  readonly namespace: string;
}

async function applyBody(request: ApiRequest): Promise<ApplyBody> {
  const body = (await request.json()) as Partial<Record<string, unknown>> | undefined;
  const documents = body?.documents;
  const areTexts =
    Array.isArray(documents) &&
    documents.every((each) => typeof each?.file === "string" && typeof each?.text === "string");
  if (!areTexts) throw new HttpFault(400, "the body has no documents", "Send {documents: [{file, text}]}.");
  return {
    documents,
    dryRun: body?.dryRun === true,
    waitMs: waitOf(body?.wait),
    namespace: typeof body?.namespace === "string" && body.namespace !== "" ? body.namespace : "default",
  };
}

interface Plan {
  readonly results: ApplyResult[];
  readonly findings: readonly Finding[];
  readonly edits: Edit[];
}

/** What applying these documents would do, object by object. */
function plan({ book, store }: ControlPlaneParts, { documents, namespace }: ApplyBody): Plan {
  const results: ApplyResult[] = [];
  const findings: Finding[] = [];
  const edits: Edit[] = [];
  for (const { file, text } of documents) {
    for (const written of splitWritten(text, file, namespace)) {
      findings.push(...written.findings);
      for (const ref of written.refused) {
        const object = ref ?? { kind: "?", namespace, name: "?" };
        results.push({ object, action: "refused", findings: written.findings });
      }
      for (const object of written.objects) {
        const key = keyOf(object);
        const there = book.get(object.kind, object.key);
        if (there !== undefined && there.source !== "store") requireStored(there.source, there.object);
        const before = store.get(key);
        const body = bodyOf(object, written);
        const action =
          before === undefined ? "created" : before.text.trim() === body.text.trim() ? "unchanged" : "updated";
        results.push({ object: key, action, findings: written.findings });
        const asked = object.metadata.resourceVersion;
        if (action !== "unchanged") {
          edits.push({ ...key, do: "put", body, ifVersion: asked === undefined ? undefined : Number(asked) });
        }
      }
    }
  }
  return { results, findings, edits };
}

async function apply(
  parts: ControlPlaneParts,
  body: ApplyBody,
): Promise<{ results: readonly ApplyResult[]; findings: readonly Finding[]; rollout?: RolloutReport }> {
  const { results, findings, edits } = plan(parts, body);
  if (body.dryRun || edits.length === 0) return { results, findings };
  const since = performance.now();
  const files = body.documents.map(({ file }) => `-f ${file}`).join(" ");
  const written = parts.store.write(edits, { who: "api", what: `stod apply ${files}` });
  if (written.at === "conflict") {
    const { kind, namespace, name } = written.key;
    throw new HttpFault(
      409,
      `${kind} ${namespace}/${name} has version ${written.has} by now, and another was named`,
      "Look at it as it is (stod get -o yaml), and apply your change to that.",
    );
  }
  const rollout = await reportOf(parts.settler.now(), since, body.waitMs, parts);
  return { results, findings: [...findings, ...meshFindings(parts, edits)], rollout };
}

/** What is to be said about the written objects now that they are seen together with all others. */
function meshFindings({ findings }: ControlPlaneParts, edits: readonly Edit[]): Finding[] {
  const written = new Set(edits.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`));
  return findings
    .mesh()
    .filter(({ object }) => object !== undefined && written.has(`${object.kind} ${object.namespace}/${object.name}`));
}

function diff(parts: ControlPlaneParts, body: ApplyBody): unknown {
  const { results, findings, edits } = plan(parts, body);
  const texts = new Map(edits.map((edit) => [idOf(edit), edit.do === "put" ? edit.body.text : ""]));
  return {
    findings,
    objects: results.map(({ object, action }) => {
      const there = parts.book.get(object.kind, `${object.namespace}/${object.name}`);
      const now = parts.store.get(object)?.text ?? (there && printYaml([there.object])) ?? "";
      return { object, action, before: now, after: texts.get(idOf(object)) ?? now };
    }),
  };
}

function historyOf({ store }: ControlPlaneParts, query: URLSearchParams): readonly unknown[] {
  const kind = said(query, "kind");
  const namespace = said(query, "namespace");
  const name = said(query, "name");
  if (kind !== undefined && namespace !== undefined && name !== undefined)
    return store.history.of({ kind, namespace, name });
  const known = store.history.since(0);
  const changes =
    known.at === "known"
      ? known.changes
      : (store.history.since(known.since) as { changes?: readonly unknown[] }).changes;
  const all = (changes ?? []) as readonly ObjectKey[];
  return all.filter(
    (change) =>
      (kind === undefined || change.kind === kind) && (namespace === undefined || change.namespace === namespace),
  );
}

function requireStored(source: string, object: MeshObject): void {
  if (source === "store") return;
  const { kind, key, origin } = object;
  if (source === "files") {
    throw new HttpFault(
      409,
      `${kind} ${key} is written in ${origin.file}, and what is in a file is in force`,
      `Edit ${origin.file}.`,
    );
  }
  throw new HttpFault(409, `${kind} ${key} is registered by the mesh itself`, "Edit stod.yaml, where its service is.");
}

function bodyOf(object: MeshObject, { text, file, line }: WrittenDocument) {
  return { text, json: writtenForm(object), file, line };
}

function keyOf({ kind, metadata: { namespace, name } }: MeshObject): ObjectKey {
  return { kind, namespace, name };
}

function idOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind} ${namespace}/${name}`;
}

function said(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}
