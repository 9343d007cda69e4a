/** A schema, as Kubernetes publishes them (OpenAPI 3.0) or as ajv takes them (JSON Schema): as far as we look into it. */
export interface Schema {
  type?: string;
  description?: string;
  format?: string;
  nullable?: boolean;
  enum?: readonly unknown[];
  properties?: Record<string, Schema>;
  required?: readonly string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  $ref?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  [keyword: string]: unknown;
}

/** A rule in CEL about one value, and where that value is: `*` stands for each item of a list or each value of a map. */
export interface Rule {
  readonly path: readonly string[];
  readonly rule: string;
  readonly message: string;
}

/**
 * The JSON Schema that lets through what a Kubernetes API server would keep whole: what it would prune is an error.
 *
 * Descriptions, defaults and rules are left out.
 */
export function toJsonSchema(schema: Schema): Schema {
  const out: Schema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (dropped.has(keyword) || keyword.startsWith("x-kubernetes-")) continue;
    out[keyword] = value;
  }
  if (schema.format !== undefined) Object.assign(out, { ...formatLimits(schema.format), ...out });
  if (schema["x-kubernetes-int-or-string"] === true) out.anyOf ??= [{ type: "integer" }, { type: "string" }];
  if (schema.items !== undefined) out.items = toJsonSchema(schema.items);
  if (schema.properties !== undefined) {
    out.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, of]) => [name, toJsonSchema(of)]),
    );
  }
  const { additionalProperties } = schema;
  if (typeof additionalProperties === "object") out.additionalProperties = toJsonSchema(additionalProperties);
  else if (schema.type === "object" && additionalProperties === undefined && !preservesUnknown(schema)) {
    out.additionalProperties = false;
  }
  return out;
}

const dropped = new Set(["description", "default", "format", "example"]);

const int = (bits: number) => ({ minimum: -(2 ** (bits - 1)), maximum: 2 ** (bits - 1) - 1 });

/** What a format means, where it means anything to JSON. Narrower limits of the schema itself are kept. */
const formats: Readonly<Record<string, Schema>> = {
  "date-time": { pattern: "^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)$" },
  byte: { pattern: "^[A-Za-z0-9+/\\s]*={0,2}\\s*$" },
  "int-or-string": {},
  double: {},
  int32: int(32),
  int64: {},
};

function formatLimits(format: string): Schema {
  const limits = formats[format];
  if (limits === undefined) throw new Error(`a schema has the format ${format}, which json-schema.ts does not know`);
  return limits;
}

function preservesUnknown(schema: Schema): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true;
}

/** All CEL rules of a schema, outermost first. */
export function rulesOf(schema: Schema, path: readonly string[] = []): Rule[] {
  const own = (schema["x-kubernetes-validations"] ?? []) as { rule: string; message: string }[];
  const { items, properties = {}, additionalProperties } = schema;
  return [
    ...own.map(({ rule, message }) => ({ path, rule, message })),
    ...Object.entries(properties).flatMap(([name, of]) => rulesOf(of, [...path, name])),
    ...(items === undefined ? [] : rulesOf(items, [...path, "*"])),
    ...(typeof additionalProperties === "object" ? rulesOf(additionalProperties, [...path, "*"]) : []),
  ];
}

/** The schema of a whole object, given those of its parts. */
export function objectSchema(kind: string, apiVersions: readonly string[], parts: Record<string, Schema>): Schema {
  return {
    $id: `${kind}.json`,
    type: "object",
    required: ["apiVersion", "kind", "metadata"],
    properties: {
      apiVersion: { enum: apiVersions },
      kind: { const: kind },
      metadata: { $ref: "ObjectMeta.json" },
      ...parts,
    },
    additionalProperties: false,
  };
}
