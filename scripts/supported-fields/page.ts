import { apiVersionOf, kinds } from "#api/kinds.ts";
import { type LookedAtKind, notActedOn } from "#features/not-acted-on.ts";
import { objectField, type Tag, type Tags } from "./tags.ts";

const head = `# Supported fields

Made from the docstrings of the code by \`npm run docs\`; a test tells when it has to be made
anew. A field stands for all in it, but for those in the lists of what stod does not act on. Whoever writes one of these is
told so (STOD0115), and what becomes of it.
`;

/** The page of supported fields, in Markdown. */
export function page({ reads, writes }: Tags): string {
  const ofKinds = kinds.filter(({ acts }) => acts).map((info) => ({ kind: info.kind, apiVersion: apiVersionOf(info) }));
  const sections = ofKinds.map(({ kind, apiVersion }) => kindSection(kind, apiVersion, reads));
  const settings = reads.filter((tag) => objectField(tag).kind === "MeshConfig");
  return [head, ...sections, meshSection(settings), envoySection(writes)].join("\n");
}

function kindSection(kind: string, apiVersion: string, reads: readonly Tag[]): string {
  // The layer that decodes objects looks at fields too, and does nothing with them.
  const own = reads.filter((tag) => objectField(tag).kind === kind && tag.folder !== "src/api");
  const left = Object.hasOwn(notActedOn, kind) ? Object.entries(notActedOn[kind as LookedAtKind]) : [];
  const title = `## ${kind} (\`${apiVersion}\`)\n`;
  const supported = table(
    ["field", "acted on in"],
    own.map((tag) => [code(objectField(tag).path), code(tag.folder)]),
  );
  if (left.length === 0) return [title, supported].join("\n");
  const missing = table(
    ["not acted on", "so"],
    left.map(([path, so]) => [code(`spec.${path}`), so]),
  );
  return [title, supported, missing].join("\n");
}

function meshSection(settings: readonly Tag[]): string {
  const rows = settings.map((tag) => [code(objectField(tag).path), code(tag.folder)]);
  return `## Settings of the mesh (\`istio.mesh.v1alpha1\`)\n\n${table(["field", "acted on in"], rows)}`;
}

function envoySection(writes: readonly Tag[]): string {
  const rows = writes.map(({ field, folder }) => [code(field), code(folder)]);
  return `## What is written of Envoy's configuration\n\n${table(["message or field", "written in"], rows)}`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(columns) + line(columns.map(() => "---")) + rows.map(line).join("");
}

function code(text: string): string {
  return `\`${text}\``;
}
