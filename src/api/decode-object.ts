import { FieldPath, type ObjectRef, type Origin } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { notActedOn, notAnObject, unknownField, unknownKind, unknownVersion } from "./decode-findings.ts";
import { nearestName } from "./field-names.ts";
import { firstOf, mostFindings } from "./first-findings.ts";
import { apiVersionOf, type KindInfo, kindIn, kinds, parseApiVersion } from "./kinds.ts";
import { checkMetadata, metadataOf } from "./metadata.ts";
import type { MeshObject } from "./object.ts";
import { decodeSpec } from "./spec.ts";
import { inWords, shortened } from "./value-words.ts";

/** What became of one object that somebody wrote. */
export type Decoded =
  | { readonly is: "object"; readonly object: MeshObject }
  /** `ref` is `undefined` where not even its name could be read. */
  | { readonly is: "refused"; readonly ref: ObjectRef | undefined };

/** Something that should be an object, where it was written, and the digest that it gets. */
export interface Written {
  readonly value: unknown;
  readonly origin: Origin;
  readonly digest: string;
}

/**
 * One object, decoded and checked; what is wrong with it is added to `findings`. `undefined` for what belongs to
 * Kubernetes and not to a mesh, such as a Deployment.
 */
export function decodeObject(written: Written, defaultNamespace: string, findings: Finding[]): Decoded | undefined {
  const { value, origin, digest } = written;
  const refuse = (says: string): Decoded => {
    findings.push(notAnObject({ at: { file: origin.file ?? "", line: origin.lineOf("") }, says }));
    return { is: "refused", ref: undefined };
  };
  if (!isMap(value)) return refuse(`here is ${inWords(value)}, where an object is wanted`);
  const { apiVersion, kind, metadata } = value;
  if (typeof kind !== "string" || kind === "") return refuse("the object has no kind");
  if (typeof apiVersion !== "string" || apiVersion === "") return refuse(`the ${shortened(kind)} has no apiVersion`);
  if (!isMap(metadata)) return refuse(`the ${shortened(kind)} has no metadata`);
  const { name } = metadata;
  if (typeof name !== "string" || name === "")
    return refuse(`the ${shortened(kind)} has no metadata.name that is a text`);
  const namespace = metadata.namespace ?? defaultNamespace;
  if (typeof namespace !== "string") return refuse(`the namespace of ${shortened(kind)} ${shortened(name)} is no text`);

  const ref: ObjectRef = { kind, namespace: namespace || defaultNamespace, name };
  const at = new FieldPath(ref, origin);
  const info = knownKind(kind, apiVersion, at, findings);
  if (info === undefined) return { is: "refused", ref };
  if (!info.acts) findings.push(notActedOn({ at: at.field("kind"), kind }));
  if (!info.acts && !info.group.includes("istio.io")) return undefined;

  findings.push(...firstOf(checkMetadata(metadata, at.field("metadata"))));
  for (const field of Object.keys(value).slice(0, mostFindings)) {
    const others = ["apiVersion", "kind", "metadata", "spec"];
    if (field === "status" || others.includes(field)) continue;
    findings.push(unknownField({ at: at.field(field), field, of: kind, meant: nearestName(field, others), others }));
  }
  const spec = decodeSpec(info, value, at, findings);
  if (findings.some(({ severity }) => severity === "error")) return { is: "refused", ref };
  const meta = metadataOf(metadata, name, ref.namespace);
  const key = `${meta.namespace}/${name}`;
  return { is: "object", object: { key, kind, apiVersion, metadata: meta, spec, origin, digest } };
}

function knownKind(kind: string, apiVersion: string, at: FieldPath, findings: Finding[]): KindInfo | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  const info = kindIn(group, kind);
  if (info === undefined) {
    const acted = kinds.filter(({ acts }) => acts);
    const known = acted.map((one) => one.kind);
    const near = acted.find((one) => one.kind === nearestName(kind, known));
    const meant = near && `kind: ${near.kind} with apiVersion: ${apiVersionOf(near)}`;
    findings.push(
      unknownKind({ at: at.field("kind"), kind: shortened(kind), apiVersion: shortened(apiVersion), meant, known }),
    );
    return undefined;
  }
  if (info.acts && !info.versions.includes(version)) {
    const known = info.versions.map((one) => (group === "" ? one : `${group}/${one}`));
    findings.push(unknownVersion({ at: at.field("apiVersion"), kind, apiVersion: shortened(apiVersion), known }));
    return undefined;
  }
  return info;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
