import type { ControlPlaneParts } from "../parts.ts";
import { Lines, type Routes } from "./http.ts";
import { isSynced } from "./proxies.ts";

/** How the mesh is, in a few numbers, and what there is to say about it. */
export function statusRoutes(parts: ControlPlaneParts): Routes {
  const { mesh, directory, publisher, findings, version, names } = parts;
  return {
    "GET /v1/status": () => {
      const all = findings.all();
      const count = (severity: string) => all.filter((finding) => finding.severity === severity).length;
      const clients = [...directory.proxies.keys()];
      return {
        version,
        services: mesh.mesh.services.size,
        workloads: mesh.mesh.workloads.size,
        proxies: { connected: clients.length, synced: clients.filter(isSynced).length },
        findings: { error: count("error"), warning: count("warning"), info: count("info") },
      };
    },
    "GET /v1/changes": () =>
      new Lines((send) => publisher.onPublish(({ version, proxies }) => send({ version, proxies }))),
    "GET /v1/findings": ({ query }) => {
      if (!query.has("watch")) return { findings: findings.all() };
      return new Lines((send) => {
        let last = "";
        const tell = () => {
          const all = findings.all();
          const text = JSON.stringify(all);
          if (text !== last) send({ findings: all });
          last = text;
        };
        // What is told in the middle of a change is looked at when it is through.
        let planned: NodeJS.Immediate | undefined = setImmediate(tell);
        const unwatch = findings.watch(() => {
          clearImmediate(planned);
          planned = setImmediate(tell);
        });
        return () => {
          clearImmediate(planned);
          unwatch();
        };
      });
    },
    "GET /v1/names": ({ query }) => {
      if (!query.has("watch")) return { names: names.names };
      return new Lines((send) => {
        send({ names: names.names });
        return names.watch((changed) => send({ changed }));
      });
    },
  };
}
