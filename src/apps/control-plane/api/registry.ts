import { decodeValue } from "#api/decode.ts";
import type { ControlPlaneParts } from "../parts.ts";
import { type ApiRequest, HttpFault, type Routes } from "./http.ts";
import { reportOf, waitOf } from "./rollouts.ts";

/** What runs, as agents and `stod up` tell it. */
export function registryRoutes(parts: ControlPlaneParts): Routes {
  const { store } = parts;
  const register = async (kind: string, { path, query }: ApiRequest, json: { object: unknown; healthy: boolean }) => {
    const { namespace = "", name = "" } = path;
    requireValid(kind, namespace, name, json.object);
    const since = performance.now();
    const action = store.registry.put({ kind, namespace, name, json, owner: "agent" });
    return { action, rollout: await reportOf(parts.settler.now(), since, waitOf(query.get("wait")), parts) };
  };
  const remove = async (kind: string, { path, query }: ApiRequest) => {
    const { namespace = "", name = "" } = path;
    const since = performance.now();
    if (!store.registry.delete({ kind, namespace, name })) {
      throw new HttpFault(404, `no ${kind} ${namespace}/${name} is registered`, "See what runs: stod status");
    }
    return { rollout: await reportOf(parts.settler.now(), since, waitOf(query.get("wait")), parts) };
  };
  return {
    "PUT /v1/workloads/:namespace/:name": async (request) => {
      const body = (await request.json()) as { workloadEntry?: unknown; healthy?: unknown } | undefined;
      return register("WorkloadEntry", request, { object: body?.workloadEntry, healthy: body?.healthy !== false });
    },
    "DELETE /v1/workloads/:namespace/:name": (request) => remove("WorkloadEntry", request),
    "PUT /v1/services/:namespace/:name": async (request) =>
      register("Service", request, { object: await request.json(), healthy: true }),
    "DELETE /v1/services/:namespace/:name": (request) => remove("Service", request),
  };
}

function requireValid(kind: string, namespace: string, name: string, object: unknown): void {
  const { documents, findings } = decodeValue(object, {
    file: undefined,
    defaultNamespace: namespace,
    source: "registry",
  });
  const [first] = documents;
  const isIt = first?.is === "object" && first.object.kind === kind && first.object.key === `${namespace}/${name}`;
  if (isIt) return;
  const says = findings.map((finding) => `${finding.path} ${finding.says}`).join("; ");
  throw new HttpFault(
    422,
    `this is no ${kind} ${namespace}/${name}: ${says || "it is another object"}`,
    "Send a valid one.",
  );
}
