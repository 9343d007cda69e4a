import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { badName, unknownField, wrongType } from "./decode-findings.ts";
import { nearestName } from "./field-names.ts";
import type { ObjectMeta } from "./object.ts";
import { shortened } from "./value-words.ts";

/** Kubernetes' metadata; most of it is for Kubernetes alone, and passed over. */
const fields = [
  ...["name", "namespace", "labels", "annotations", "creationTimestamp", "resourceVersion"],
  ...["generateName", "selfLink", "uid", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"],
  ...["ownerReferences", "finalizers", "managedFields"],
];

const label = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const dnsLabel = new RegExp(`^${label}$`);
const dnsSubdomain = new RegExp(`^${label}(?:\\.${label})*$`);
const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** What keeps a text from being an object's name; Services' names are DNS labels, those of others may have dots. */
export function nameProblem(name: string, kind: string): string | undefined {
  if (kind !== "Service") return dnsProblem(name, dnsSubdomain, 253, "letters a to z, digits, - and .");
  return /^[0-9]/.test(name)
    ? "starts with a digit, which a service's name must not"
    : dnsProblem(name, dnsLabel, 63, "letters a to z, digits and -");
}

export function namespaceProblem(namespace: string): string | undefined {
  return dnsProblem(namespace, dnsLabel, 63, "letters a to z, digits and -");
}

function dnsProblem(text: string, form: RegExp, most: number, allowed: string): string | undefined {
  if (text.length > most) return `is ${text.length} characters long, and ${most} is the most`;
  return form.test(text) ? undefined : `is not made of ${allowed}, with a letter or digit at both ends`;
}

function labelKeyProblem(key: string): string | undefined {
  const slash = key.indexOf("/");
  const prefix = key.slice(0, Math.max(slash, 0));
  const name = key.slice(slash + 1);
  if (slash !== -1) {
    const problem = dnsProblem(prefix, dnsSubdomain, 253, "letters a to z, digits, - and .");
    if (problem !== undefined) return `has a prefix that ${problem}`;
  }
  if (name === "" || name.length > 63 || !labelValue.test(name)) {
    return "is not made of at most 63 letters, digits, -, _ and ., with a letter or digit at both ends";
  }
  return undefined;
}

/** Checks an object's metadata. What comes back is usable only where no error was found. */
export function* checkMetadata(metadata: Readonly<Record<string, unknown>>, at: FieldPath): Iterable<Finding> {
  const { kind, name, namespace } = at.object;
  for (const field of Object.keys(metadata)) {
    if (fields.includes(field)) continue;
    const meant = nearestName(field, fields);
    yield unknownField({ at: at.field(field), field, of: "metadata", meant, others: fields.slice(0, 4) });
  }
  const nameWrong = nameProblem(name, kind);
  if (nameWrong !== undefined) {
    yield badName({ at: at.field("name"), written: shortened(name), says: nameWrong, help: "Give it another name." });
  }
  const namespaceWrong = namespaceProblem(namespace);
  if (namespaceWrong !== undefined) {
    const help = "Name a namespace, or none for the default one.";
    yield badName({
      at: at.field("namespace"),
      written: `the namespace ${shortened(namespace)}`,
      says: namespaceWrong,
      help,
    });
  }
  yield* checkTexts(metadata.labels, at.field("labels"), "label");
  yield* checkTexts(metadata.annotations, at.field("annotations"), "annotation");
  const created = metadata.creationTimestamp ?? undefined;
  if (created !== undefined && (typeof created !== "string" || Number.isNaN(Date.parse(created)))) {
    const help = "Write it as in 2026-01-31T12:00:00Z, or leave it out.";
    yield wrongType({ at: at.field("creationTimestamp"), found: created, wanted: "a time", help });
  }
}

function* checkTexts(texts: unknown, at: FieldPath, what: "label" | "annotation"): Iterable<Finding> {
  if (texts === undefined || texts === null) return;
  if (typeof texts !== "object" || Array.isArray(texts)) {
    const help = `Write ${what}s as a map, such as { app: reviews }.`;
    yield wrongType({ at, found: texts, wanted: "a map of texts", help });
    return;
  }
  for (const [key, value] of Object.entries(texts)) {
    const problem = labelKeyProblem(key);
    if (problem !== undefined) {
      const written = `the ${what} key ${shortened(key)}`;
      yield badName({ at: at.field(key), written, says: problem, help: `Change the ${what}'s key.` });
    }
    if (typeof value !== "string") {
      const help = `Put it into quotes: every ${what} is a text, such as "true" or "1.10".`;
      yield wrongType({ at: at.field(key), found: value, wanted: "text", help });
    } else if (what === "label" && (value.length > 63 || !labelValue.test(value))) {
      const says = "is not made of at most 63 letters, digits, -, _ and ., with a letter or digit at both ends";
      yield badName({
        at: at.field(key),
        written: `the label's value ${shortened(value)}`,
        says,
        help: "Change the value.",
      });
    }
  }
}

/** The metadata of an object in which {@link checkMetadata} found nothing wrong. */
export function metadataOf(metadata: Readonly<Record<string, unknown>>, name: string, namespace: string): ObjectMeta {
  const resourceVersion = metadata.resourceVersion ?? undefined;
  return {
    name,
    namespace,
    labels: (metadata.labels ?? {}) as Record<string, string>,
    annotations: (metadata.annotations ?? {}) as Record<string, string>,
    creationTimestamp: (metadata.creationTimestamp ?? undefined) as string | undefined,
    resourceVersion: resourceVersion === undefined ? undefined : String(resourceVersion),
  };
}
