import { nearestName } from "#api/field-names.ts";
import { kindCalled, kinds } from "#api/kinds.ts";
import { ControlPlane, type ShownObject } from "#apps/cli/api-client.ts";
import { type Form, print } from "#apps/cli/output.ts";
import { UsageFault } from "#apps/cli/print-fault.ts";
import { columns, paintFor } from "#apps/cli/terminal.ts";
import { findMesh, type WhichMesh } from "#apps/up/running-meshes.ts";
import { HostFault } from "#host/host-fault.ts";

interface GetFlags extends WhichMesh {
  readonly namespace?: string;
  readonly output: Form;
}

export async function runGet(
  asked: string,
  name: string | undefined,
  { namespace, output, ...which }: GetFlags,
): Promise<void> {
  const kind = asked === "all" ? undefined : kindNamed(asked);
  const { state } = findMesh(which);
  const objects = await new ControlPlane(state).objects({ kind, namespace, name });
  if (name !== undefined && objects.length === 0) {
    const where = namespace === undefined ? "" : ` in ${namespace}`;
    throw new HostFault(`${kind ?? "object"} ${name}`, `there is none${where}`, `See what there is: stod get ${asked}`);
  }
  if (output === "yaml") {
    const { stringify } = await import("yaml");
    process.stdout.write(objects.map((object) => stringify(object, { lineWidth: 0 })).join("---\n"));
    return;
  }
  const one = name !== undefined && objects.length === 1 ? objects[0] : undefined;
  print(output, one ?? { apiVersion: "v1", kind: "List", items: objects }, () =>
    objectTable(objects, kind === undefined),
  );
}

/** @throws UsageFault where there is no such kind */
export function kindNamed(word: string): string {
  const kind = kindCalled(word);
  if (kind !== undefined) return kind.kind;
  const words = kinds.flatMap((info) => [info.kind.toLowerCase(), info.plural, ...info.shortNames]);
  const meant = nearestName(word, words);
  const acting = kinds.filter(({ acts }) => acts).map(({ plural }) => plural);
  throw new UsageFault(
    `there is no kind ${word}`,
    meant === undefined ? `There are: ${acting.join(", ")}.` : `Did you mean ${meant}?`,
  );
}

export function objectTable(objects: readonly ShownObject[], withKind: boolean): string {
  if (objects.length === 0) return "none";
  const paint = paintFor(process.stdout);
  const head = ["NAMESPACE", ...(withKind ? ["KIND"] : []), "NAME", "ABOUT"].map(paint.bold);
  const rows = objects.map((object) => {
    const { kind, metadata } = object;
    return [metadata.namespace ?? "", ...(withKind ? [kind] : []), metadata.name, about(object)];
  });
  return columns([head, ...rows]);
}

/** What an object is about, in a few words. */
function about({ spec }: ShownObject): string {
  const fields = (spec ?? {}) as Record<string, unknown>;
  const texts = (value: unknown): string =>
    Array.isArray(value) ? value.filter((one) => typeof one === "string").join(",") : "";
  const parts = [
    texts(fields.hosts),
    typeof fields.host === "string" ? fields.host : "",
    typeof fields.address === "string" ? fields.address : "",
    Array.isArray(fields.gateways) ? `by ${texts(fields.gateways)}` : "",
    Array.isArray(fields.subsets) ? `subsets ${fields.subsets.map((subset) => subset?.name).join(",")}` : "",
    Array.isArray(fields.ports)
      ? fields.ports.map((port) => `${port?.port ?? port?.number}/${port?.name ?? ""}`).join(",")
      : "",
    Array.isArray(fields.servers)
      ? fields.servers.map((server) => `${server?.port?.number}/${server?.port?.protocol}`).join(",")
      : "",
  ];
  return parts.filter(Boolean).join("  ");
}
