import { ControlPlane, type ProxyStatus } from "#apps/cli/api-client.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { columns, type Paint, paintFor } from "#apps/cli/terminal.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";

const types = ["CDS", "LDS", "EDS", "RDS", "VHDS"];

export async function runProxyStatus({ output, ...which }: WhichMesh & { readonly output: Form }): Promise<void> {
  const proxies = [...(await new ControlPlane(findMesh(which).state).proxies())];
  proxies.sort((a, b) => (a.name < b.name ? -1 : 1));
  print(output, { proxies }, () => proxyTable(proxies, paintFor(process.stdout)));
}

export function proxyTable(proxies: readonly ProxyStatus[], paint: Paint): string {
  if (proxies.length === 0) return "no proxy is connected";
  const shown = (state: string | undefined) => {
    if (state === undefined || state === "unused") return paint.dim("-");
    return state === "synced" ? paint.green(state) : state === "refused" ? paint.red(state) : paint.yellow(state);
  };
  const rows = proxies.map(({ name, namespace, types: known, version, envoy, connectedAt }) => [
    `${name}.${namespace}`,
    ...types.map((type) => shown(known[type]?.state)),
    envoy ?? "",
    version,
    connectedAt,
  ]);
  return columns([["NAME", ...types, "ENVOY", "STOD", "CONNECTED"].map(paint.bold), ...rows]);
}
