import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KindSchema } from "./crds.ts";
import { objectSchema, type Schema, toJsonSchema } from "./json-schema.ts";
import { serviceLimits, serviceRules } from "./kubernetes-limits.ts";
import { download, kubernetesModule } from "./modules.ts";

/** What Kubernetes publishes of its core API, with the references between its types. */
export type OpenApi = Readonly<Record<string, Schema>>;

export const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
export const coreKinds = ["ConfigMap", "Namespace", "Secret", "Service"] as const;

export async function readOpenApi(): Promise<OpenApi> {
  const file = join(await download(kubernetesModule), "api/openapi-spec/v3/api__v1_openapi.json");
  return (JSON.parse(await readFile(file, "utf8")) as { components: { schemas: OpenApi } }).components.schemas;
}

export function coreType(kind: string): string {
  return `io.k8s.api.core.v1.${kind}`;
}

/** The schemas of the core kinds that we read, and of the metadata that all kinds share. */
export function kubernetesKinds(api: OpenApi): KindSchema[] {
  const metadata: Schema = { $id: "ObjectMeta.json", ...toJsonSchema(resolve(api, { $ref: objectMeta })) };
  return [
    { kind: "ObjectMeta", schema: metadata, rules: [] },
    ...coreKinds.map((kind) => {
      const { properties = {} } = resolve(api, { $ref: coreType(kind) });
      const { apiVersion: _, kind: __, metadata: ___, status, ...own } = properties;
      const parts = Object.entries(own).map(([name, of]) => [name, toJsonSchema(of)]);
      if (status !== undefined) parts.push(["status", { type: "object" }]);
      const schema = objectSchema(kind, ["v1"], Object.fromEntries(parts));
      return kind === "Service"
        ? { kind, schema: serviceLimits(schema), rules: serviceRules }
        : { kind, schema, rules: [] };
    }),
  ];
}

/** A type with everything that it refers to in place. */
function resolve(api: OpenApi, schema: Schema): Schema {
  const [only] = schema.allOf ?? [];
  if (only !== undefined) return resolve(api, only);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) as string;
    const type = api[name];
    if (type === undefined) throw new Error(`Kubernetes' OpenAPI has no type ${name}`);
    return special[name] ?? resolve(api, type);
  }
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, resolve(api, of)])),
    }),
    ...(items && { items: resolve(api, items) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: resolve(api, additionalProperties) }),
  };
}

/** Types of which the published schema says less than the API server does. */
const special: Readonly<Record<string, Schema>> = {
  // What kubectl prints has `creationTimestamp: null`.
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": { type: "string", format: "date-time", nullable: true },
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": { type: "object", additionalProperties: true },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { "x-kubernetes-int-or-string": true },
};
