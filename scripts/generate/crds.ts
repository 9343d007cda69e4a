import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { objectSchema, type Rule, rulesOf, type Schema, toJsonSchema } from "./json-schema.ts";
import { download, istioModule } from "./modules.ts";

/** What is published about one kind of object. */
export interface KindSchema {
  readonly kind: string;
  readonly schema: Schema;
  readonly rules: readonly Rule[];
}

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/** The schemas of Istio's kinds, as its CustomResourceDefinitions have them. */
export async function istioKinds(): Promise<KindSchema[]> {
  const file = join(await download(istioModule), "kubernetes/customresourcedefinitions.gen.yaml");
  const documents = parseAllDocuments(await readFile(file, "utf8")).map((document) => document.toJS());
  return documents.filter((document) => document !== null).map(kindSchema);
}

function kindSchema({ spec: { group, names, versions } }: CustomResourceDefinition): KindSchema {
  const [newest, ...others] = versions.map((version) => version.schema.openAPIV3Schema);
  if (newest === undefined) throw new Error(`${names.kind} has no version`);
  // One schema a kind is enough as long as this holds.
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(newest))) {
    throw new Error(`the versions of ${names.kind} have different fields`);
  }
  const apiVersions = versions.map(({ name }) => `${group}/${name}`);
  const { spec = {} } = newest.properties ?? {};
  return {
    kind: names.kind,
    // Others write the status, and we pass it over.
    schema: objectSchema(names.kind, apiVersions, { spec: toJsonSchema(spec), status: { type: "object" } }),
    rules: rulesOf(newest).filter(({ path }) => path[0] !== "status"),
  };
}
