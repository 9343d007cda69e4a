import { Agent } from "#apps/cli/api-client.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { clusterHead, clusterRows, clustersOf } from "#apps/cli/proxy-config/clusters.ts";
import { type Json, partOf } from "#apps/cli/proxy-config/dump.ts";
import { endpointHead, endpointRows } from "#apps/cli/proxy-config/endpoints.ts";
import { listenerHead, listenerRows, listenersOf } from "#apps/cli/proxy-config/listeners.ts";
import { routeConfigsOf, routeHead, routeRows } from "#apps/cli/proxy-config/routes.ts";
import { redacted, secretHead, secretRows } from "#apps/cli/proxy-config/secrets.ts";
import { columns, paintFor } from "#apps/cli/terminal.ts";
import { instanceCalled } from "#apps/cli/which-instance.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import { HostFault } from "#host/host-fault.ts";

/** How a part of the configuration is shown. */
interface Part {
  readonly head: readonly string[];
  rows(dump: Json): readonly (readonly string[])[];
  /** What machines get. */
  whole(dump: Json): unknown;
}

const parts: Readonly<Record<string, Part>> = {
  clusters: { head: clusterHead, rows: clusterRows, whole: clustersOf },
  listeners: { head: listenerHead, rows: listenerRows, whole: listenersOf },
  routes: { head: routeHead, rows: routeRows, whole: routeConfigsOf },
  endpoints: { head: endpointHead, rows: endpointRows, whole: (clusters) => clusters },
  secrets: { head: secretHead, rows: (dump) => secretRows(dump, new Date()), whole: (dump) => partOf(dump, "Secrets") },
};

export async function runProxyConfig(
  name: string,
  asked: string,
  { output, ...which }: WhichMesh & { readonly output: Form },
): Promise<void> {
  const { ask, instance } = await proxyOf(asked, which);
  if (name === "all" || name === "bootstrap") {
    const dump = redacted(await ask("config_dump?include_eds"));
    const shown = name === "all" ? dump : { bootstrap: partOf(dump, "Bootstrap").bootstrap };
    if (name === "all" && output === "table") return printAll(dump, redacted(await ask("clusters?format=json")));
    // A bootstrap has no table.
    return print(output === "table" ? "json" : output, shown, () => "");
  }
  const part = parts[name];
  if (part === undefined) throw new Error(`${instance} has no part ${name}`);
  const answer = redacted(await ask(name === "endpoints" ? "clusters?format=json" : "config_dump?include_eds"));
  print(output, part.whole(answer), () => tableOf(part, answer));
}

function printAll(dump: Json, clusters: Json): void {
  for (const [name, part] of Object.entries(parts)) {
    process.stdout.write(`${tableOf(part, name === "endpoints" ? clusters : dump)}\n\n`);
  }
}

function tableOf(part: Part, answer: Json): string {
  return columns([part.head.map(paintFor(process.stdout).bold), ...part.rows(answer)]);
}

async function proxyOf(
  asked: string,
  which: WhichMesh,
): Promise<{ ask(path: string): Promise<Json>; instance: string }> {
  const agent = new Agent(findMesh(which).state);
  const workloads = await agent.workloads();
  const named = workloads.map((one) => ({ ...one, workload: one.workload ?? one.name, service: one.service ?? "" }));
  const { name, kind } = instanceCalled(asked, named);
  if (kind === "none") throw new HostFault(name, "it has no proxy", "Its service says sidecar: false in stod.yaml.");
  return { instance: name, ask: async (path) => JSON.parse(await agent.proxy(name, path)) as Json };
}
