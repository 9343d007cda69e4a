import type { Message } from "@bufbuild/protobuf";
import { stringify } from "yaml";
import { jsonOf, specSchema } from "./istio-spec.ts";
import { kindIn, parseApiVersion } from "./kinds.ts";
import type { MeshObject } from "./object.ts";

/** An object as a user would write it; what is empty is left out. */
export function writtenForm(object: MeshObject): Record<string, unknown> {
  const { kind, apiVersion, spec } = object;
  const { name, namespace, labels, annotations, creationTimestamp, resourceVersion } = object.metadata;
  return {
    apiVersion,
    kind,
    metadata: dropEmpty({ name, namespace, labels, annotations, creationTimestamp, resourceVersion }),
    spec: specForm(object) ?? spec,
  };
}

function specForm({ kind, apiVersion, spec }: MeshObject): unknown {
  if (kindIn(parseApiVersion(apiVersion).group, kind)?.acts !== true) return spec;
  const schema = specSchema(kind);
  return schema === undefined ? dropEmpty(spec as Record<string, unknown>) : jsonOf(schema, spec as Message);
}

function dropEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const said = Object.entries(fields).filter(([, value]) => {
    if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
    return value !== undefined && value !== "";
  });
  return Object.fromEntries(said);
}

/** Objects as `stod get -o yaml` prints them: one document each. */
export function printYaml(objects: readonly MeshObject[]): string {
  return objects.map((object) => stringify(writtenForm(object), { lineWidth: 0 })).join("---\n");
}

/** Objects as `stod get -o json` prints them: one as itself, several as a List. */
export function printJson(objects: readonly MeshObject[]): string {
  const [one, ...others] = objects.map(writtenForm);
  const printed =
    one !== undefined && others.length === 0
      ? one
      : { apiVersion: "v1", kind: "List", items: objects.map(writtenForm) };
  return `${JSON.stringify(printed, null, 2)}\n`;
}
