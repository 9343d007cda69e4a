import type { DescMessage } from "@bufbuild/protobuf";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { invalidValue, missingField, notOneOf, unknownField, wrongType } from "./decode-findings.ts";
import { nearestName } from "./field-names.ts";
import { inWords, shortened } from "./value-words.ts";

/** What ajv says of one fault; the parts of it that we read. */
export interface SchemaFault {
  readonly keyword: string;
  /** JSON pointer to the value. */
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
}

/** Who knows the names of a message's fields; ajv tells only the one that is too much. */
export type FieldNames = (path: readonly string[]) => readonly string[];

/** The field names of a protobuf message and the messages in it, as JSON writes them. */
export function fieldNamesIn(root: DescMessage): FieldNames {
  return (path) => {
    let message: DescMessage | undefined = root;
    let inMap = false;
    for (const step of path) {
      if (message === undefined) return [];
      if (/^\d+$/.test(step) && !inMap) continue;
      if (inMap) {
        inMap = false;
        continue;
      }
      const field: DescMessage["fields"][number] | undefined = message.fields.find(({ jsonName }) => jsonName === step);
      inMap = field?.fieldKind === "map";
      message = field?.message;
    }
    return message?.fields.map(({ jsonName }) => jsonName) ?? [];
  };
}

interface Properties {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Properties>>;
  readonly items?: Properties;
}

/** The field names of a JSON schema and the schemas in it. */
export function schemaFieldNames(root: Properties): FieldNames {
  return (path) => {
    let schema: Properties | undefined = root;
    for (const step of path) schema = /^\d+$/.test(step) ? schema?.items : schema?.properties?.[step];
    return Object.keys(schema?.properties ?? {});
  };
}

/**
 * Tells what a schema refused, each fault at its field.
 *
 * @param root  the value that was checked, and `at` where it stands
 */
export function* tellFaults(
  faults: readonly SchemaFault[],
  root: unknown,
  at: FieldPath,
  fieldNames: FieldNames,
): Iterable<Finding> {
  const told = new Set<string>();
  // A list of a million wrong items has a million faults, and nobody reads on.
  const first = faults.slice(0, 500);
  for (const fault of first.filter((one) => !isBranch(one, first))) {
    const steps = fault.instancePath.split("/").slice(1).map(unescapePointer);
    const { value, field } = follow(root, at, steps);
    // One wrong value breaks several rules at once; the first says enough.
    const key = `${fault.instancePath} ${fault.params.additionalProperty ?? fault.params.missingProperty ?? ""}`;
    if (told.has(key)) continue;
    told.add(key);
    yield tell(fault, value, field, steps.at(-1), () => fieldNames(steps));
  }
}

function tell(
  fault: SchemaFault,
  value: unknown,
  at: FieldPath,
  name: string | undefined,
  siblings: () => readonly string[],
): Finding {
  const of = name === undefined || /^\d+$/.test(name) ? nameOf(at) : name;
  switch (fault.keyword) {
    case "additionalProperties":
    case "unevaluatedProperties": {
      const field = String(fault.params.additionalProperty ?? fault.params.unevaluatedProperty);
      const others = siblings();
      return unknownField({
        at: at.field(field),
        field,
        of,
        meant: nearestName(field, others),
        others: others.slice(0, 12),
      });
    }
    case "required":
      return missingField({ at, field: String(fault.params.missingProperty), of });
    case "enum": {
      const allowed = (fault.params.allowedValues as readonly unknown[]).map(String).filter((text) => text !== "");
      return notOneOf({ at, written: inWords(value), allowed, meant: nearestName(String(value), allowed) });
    }
    case "type": {
      const wanted = [fault.params.type].flat().map((type) => typeWords[String(type)] ?? String(type));
      return wrongType({ at, found: value, wanted: wanted.join(" or "), help: typeHelp(value, wanted[0] as string) });
    }
    case "anyOf":
      return wrongType({ at, found: value, wanted: "something else", help: "Write a number or a text." });
    case "oneOf":
      return invalidValue({
        at,
        says: oneOfWords(value, of),
        help: "Keep the one that is meant, and take the others out.",
      });
    default:
      return invalidValue({ at, says: `${shortened(inWords(value))} ${fault.message ?? "is not valid"}` });
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "a map",
  array: "a list",
};

function typeHelp(value: unknown, wanted: string): string {
  if (value === null) return "Write a value, or take the field out: an empty field says nothing.";
  if (wanted === "text") {
    const scalar = typeof value === "number" || typeof value === "boolean";
    return scalar ? `Put it into quotes: "${String(value)}".` : "Write a text.";
  }
  if (wanted === "true or false") {
    const yes = /^(yes|on|y|true)$/i.test(String(value));
    if (yes || /^(no|off|n|false)$/i.test(String(value))) return `Write ${yes}, without quotes.`;
  }
  if (wanted === "a list" && typeof value === "object")
    return "Start each item with a dash, also if there is just one.";
  if (wanted === "a list") return `Write it as a list: [${String(value)}].`;
  if (wanted.endsWith("number") && typeof value === "string" && /^-?\d+$/.test(value))
    return `Write ${value}, without quotes.`;
  return `Write ${wanted}.`;
}

function oneOfWords(value: unknown, of: string): string {
  const written = typeof value === "object" && value !== null ? Object.keys(value) : [];
  return `${of} has ${written.join(", ")}, and some of these exclude each other`;
}

function nameOf(at: FieldPath): string {
  const name = /([^.[\]]+)(\[\d+\])*$/.exec(at.path)?.[1];
  return name === undefined ? at.object.kind : name;
}

/** Whether a fault is only one branch of an `anyOf` or `oneOf`, about which the keyword itself says all. */
function isBranch(fault: SchemaFault, all: readonly SchemaFault[]): boolean {
  return all.some(
    ({ keyword, schemaPath }) =>
      (keyword === "anyOf" || keyword === "oneOf" || keyword === "not") &&
      fault.schemaPath.startsWith(`${schemaPath}/`),
  );
}

function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Goes down from a value, telling list items from fields of that name. */
export function follow(root: unknown, at: FieldPath, steps: readonly string[]): { value: unknown; field: FieldPath } {
  let value = root;
  let field = at;
  for (const step of steps) {
    field = Array.isArray(value) ? field.index(Number(step)) : field.field(step);
    const holder = value as Record<string, unknown> | null | undefined;
    value = holder !== null && holder !== undefined && Object.hasOwn(holder, step) ? holder[step] : undefined;
  }
  return { value, field };
}
