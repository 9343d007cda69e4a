import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DescMessage, Registry } from "@bufbuild/protobuf";

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

function schemaOf(root: string, kind: string): Schema {
  return JSON.parse(readFileSync(join(root, `src/api/gen/schemas/${kind}.json`), "utf8")) as Schema;
}

/** The fields of a kind's spec that hold values, such as `spec.http[].match[].headers.*.exact`. */
export function leavesOf(root: string, kind: string): string[] {
  return [...leaves(schemaOf(root, kind).properties?.spec ?? {}, "spec")];
}

function* leaves(schema: Schema, path: string): Iterable<string> {
  const inner = inside(schema);
  if (inner.length === 0) yield path;
  for (const [step, next] of inner) yield* leaves(next, path + step);
}

/** The steps that lead on from a schema, with what is there. */
function inside({ properties, items, additionalProperties }: Schema): [step: string, next: Schema][] {
  if (properties !== undefined) return Object.entries(properties).map(([name, next]) => [`.${name}`, next]);
  if (items !== undefined) return [["[]", items]];
  return typeof additionalProperties === "object" ? [[".*", additionalProperties]] : [];
}

/** Whether one path is another, or stands around it. */
export function covers(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}

/** Whether a kind has a field, by the schema of its objects. */
export function hasField(root: string, kind: string, path: string): boolean {
  return leavesOf(root, kind).some((leaf) => covers(path, leaf));
}

/** Whether a message has a field, by the path of JSON names to it. */
export function messageHasField(message: DescMessage, path: string): boolean {
  const [first = "", ...rest] = path.split(".");
  const field = message.fields.find(({ jsonName }) => jsonName === first);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return field.message !== undefined && messageHasField(field.message, rest.join("."));
}

/** Whether a name such as `envoy.config.route.v3.Route.name` is one of a message, or of a field or oneof in a message. */
export function isKnown(registry: Registry, name: string): boolean {
  if (registry.getMessage(name) !== undefined) return true;
  const dot = name.lastIndexOf(".");
  const [message, last] = [registry.getMessage(name.slice(0, dot)), name.slice(dot + 1)];
  return message !== undefined && [...message.fields, ...message.oneofs].some((member) => member.name === last);
}
