import type { UpInstance } from "#apps/cli/api-client.ts";
import { columns, type Paint } from "#apps/cli/terminal.ts";
import type { MeshRecord } from "#apps/up/state-directory.ts";

/** The table of workloads. */
export function workloadTable(instances: readonly UpInstance[], paint: Paint): string {
  const head = ["NAME", "SERVICE", "VERSION", "ADDRESS", "READY"].map(paint.bold);
  const rows = instances.map((one) => [
    one.name,
    one.service,
    one.version || "-",
    one.address,
    one.ready ? paint.green("ready") : paint.yellow(one.state),
  ]);
  return columns([head, ...rows]);
}

/** The URLs of a mesh on this machine. What is behind a `#` stays in the browser: the token is in no request and no log. */
export function urlsOf({ ports, scheme, token }: MeshRecord) {
  return {
    gateway: ports.gateway === undefined ? undefined : `${scheme}://127.0.0.1:${ports.gateway}/`,
    dashboard: `http://127.0.0.1:${ports.dashboard}/#token=${token}`,
    api: `http://127.0.0.1:${ports.api}/`,
  };
}

/** What to try next, with this mesh's own names. */
export function hints(record: MeshRecord, instances: readonly UpInstance[], paint: Paint, isDetached: boolean): string {
  const stod = process.env.STOD_CALLED ?? "stod";
  const urls = urlsOf(record);
  const one = instances.find(({ service, ready }) => ready && service !== "gateway")?.name ?? instances[0]?.name;
  const rows: string[][] = [];
  if (urls.gateway !== undefined) rows.push(["gateway", paint.bold(urls.gateway)]);
  rows.push(["dashboard", `${stod} dashboard`]);
  if (urls.gateway !== undefined) rows.push(["send a request", `curl ${urls.gateway}`]);
  rows.push(["change a route", `edit a file in ${record.directory}/mesh, or: ${stod} apply -f FILE --wait`]);
  if (one !== undefined) {
    rows.push(["look at a proxy", `${stod} proxy-config routes ${one}`]);
    rows.push(["be a workload", `${stod} exec ${one} -- sh`]);
  }
  rows.push(["end it", isDetached ? `${stod} down` : `Ctrl-C, or: ${stod} down`]);
  return columns(rows.map(([what = "", how = ""]) => [paint.dim(what), how]));
}
