import { printYaml, writtenForm } from "#api/print.ts";
import type { Finding } from "#findings/finding.ts";
import type { HistoryEntry } from "#sources/store/history.ts";
import type { ObjectKey } from "#sources/store/object.ts";
import type { Edit } from "#sources/store/store.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { type ApplyResult, type Documents, elsewhere, planOf } from "./apply-plan.ts";
import { type ApiRequest, HttpFault, type Routes } from "./http.ts";
import { type RolloutReport, reportOf, waitOf } from "./rollouts.ts";

/** Reading and writing objects. */
export function objectRoutes(parts: ControlPlaneParts): Routes {
  const { book } = parts;
  return {
    "GET /v1/objects": ({ query }) => ({
      objects: book
        .list({ kind: said(query, "kind"), namespace: said(query, "namespace"), name: said(query, "name") })
        .map(writtenForm),
    }),
    "POST /v1/apply": async (request) => apply(parts, await applyBody(request)),
    "POST /v1/diff": async (request) => diff(parts, await applyBody(request)),
    "GET /v1/history": ({ query }) => ({ changes: historyOf(parts, query) }),
    "DELETE /v1/objects/:kind/:namespace/:name": (request) => remove(parts, request),
  };
}

interface ApplyBody extends Documents {
  readonly dryRun: boolean;
  readonly waitMs: number;
}

async function applyBody(request: ApiRequest): Promise<ApplyBody> {
  const body = (await request.json()) as Partial<Record<string, unknown>> | null | undefined;
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

async function apply(
  parts: ControlPlaneParts,
  body: ApplyBody,
): Promise<{ results: readonly ApplyResult[]; findings: readonly Finding[]; rollout?: RolloutReport }> {
  const { results, findings, edits } = planOf(parts, body);
  if (body.dryRun || edits.length === 0) return { results, findings };
  const since = performance.now();
  const files = body.documents.map(({ file }) => `-f ${file}`).join(" ");
  const written = parts.store.write(edits, { who: "api", what: `stod apply ${files}` });
  if (written.at === "conflict") {
    const { kind, namespace, name } = written.key;
    const now = written.has === "absent" ? "is not there" : `has version ${written.has} by now`;
    throw new HttpFault(
      409,
      `${kind} ${namespace}/${name} ${now}, and the resourceVersion applied is another; nothing was applied`,
      "Look at it as it is (stod get -o yaml), and apply your change to that.",
    );
  }
  const rollout = await reportOf(parts.settler.now(), since, body.waitMs, parts);
  return { results, findings: [...findings, ...meshFindings(parts, edits)], rollout };
}

/** What is to be said about the written objects now that they are seen together with all others. */
function meshFindings({ findings }: ControlPlaneParts, edits: readonly Edit[]): Finding[] {
  const written = new Set(edits.map(idOf));
  return findings.mesh().filter(({ object }) => object !== undefined && written.has(idOf(object)));
}

async function remove(parts: ControlPlaneParts, { path, query }: ApiRequest): Promise<{ rollout: RolloutReport }> {
  const { kind = "", namespace = "", name = "" } = path;
  const found = parts.book.get(kind, `${namespace}/${name}`);
  if (found === undefined) {
    throw new HttpFault(404, `there is no ${kind} ${namespace}/${name}`, `List what is there: stod get ${kind} -A`);
  }
  const refusal = elsewhere(found.object, found.source);
  if (refusal !== undefined) {
    throw new HttpFault(409, `${kind} ${namespace}/${name}: ${refusal.says}`, refusal.help);
  }
  const since = performance.now();
  parts.store.delete({ kind, namespace, name }, { who: "api", what: `stod delete ${kind} ${namespace}/${name}` });
  return { rollout: await reportOf(parts.settler.now(), since, waitOf(query.get("wait")), parts) };
}

function diff(parts: ControlPlaneParts, body: ApplyBody): unknown {
  const { results, findings, edits } = planOf(parts, body);
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

/** Changes that are still known: of one object newest first and with who made them, else all, oldest first. */
function historyOf({ store }: ControlPlaneParts, query: URLSearchParams): readonly HistoryEntry[] {
  return store.history.of({
    kind: said(query, "kind"),
    namespace: said(query, "namespace"),
    name: said(query, "name"),
  });
}

function idOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind} ${namespace}/${name}`;
}

function said(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}
