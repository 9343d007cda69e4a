import type { DescMessage, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { specSchema } from "#api/istio-spec.ts";
import type { MeshObject } from "#api/object.ts";
import { type LookedAtKind, notActedOn } from "#features/not-acted-on.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const fieldNotActedOn = finding({
  code: "STOD0115",
  severity: "warning",
  example: { field: "exportTo", so: "the routes hold in every namespace" },
  says: (at: { field: string; so: string }) => `stod does not act on ${at.field} yet: ${at.so}`,
  help: ({ field }) => `Take ${field} out, or live with what is said here.`,
});

/**
 * Tells which fields of an object stod does not act on, so that nothing is ignored in silence.
 *
 * @param at  the object's `spec`
 */
export function* checkUnsupported({ kind, spec }: MeshObject, at: FieldPath): Iterable<Finding> {
  const schema: DescMessage | undefined = specSchema(kind);
  if (schema === undefined || !Object.hasOwn(notActedOn, kind)) return;
  yield* checkMessage(reflect(schema, spec as Message), "", notActedOn[kind as LookedAtKind], at);
}

/** @param pattern  where the message stands, with `[]` for any item and `.*` for any value */
function* checkMessage(
  message: ReflectMessage,
  pattern: string,
  fields: Readonly<Record<string, string>>,
  at: FieldPath,
): Iterable<Finding> {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const { jsonName } = field;
    const path = pattern === "" ? jsonName : `${pattern}.${jsonName}`;
    const here = at.field(jsonName);
    const so = fields[path] ?? fields[`${path}[]`];
    if (so !== undefined) {
      yield fieldNotActedOn({ at: here, field: jsonName, so });
    } else if (field.fieldKind === "message") {
      yield* checkMessage(message.get(field), path, fields, here);
    } else if (field.fieldKind === "list" && field.listKind === "message") {
      let nth = 0;
      for (const item of message.get(field)) {
        yield* checkMessage(item as ReflectMessage, `${path}[]`, fields, here.index(nth++));
      }
    } else if (field.fieldKind === "map" && field.mapKind === "message") {
      for (const [key, value] of message.get(field)) {
        yield* checkMessage(value as ReflectMessage, `${path}.*`, fields, here.field(String(key)));
      }
    }
  }
}
