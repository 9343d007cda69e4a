import { digest as digestOf } from "#base/hash.ts";
import { FieldPath, type Origin } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { duplicateKey, tooMuch, twiceInFile, unreadableYaml } from "./decode-findings.ts";
import { type Decoded, decodeObject, isMap } from "./decode-object.ts";
import { kinds } from "./kinds.ts";
import type { MeshObject } from "./object.ts";
import { splitDocuments, type YamlChunk } from "./yaml-chunk.ts";
import { originIn, readYaml, type YamlDocument, type YamlFault } from "./yaml-document.ts";
import { defaultLimits } from "./yaml-limits.ts";

export interface DecodeOptions {
  /** The file as the user would name it; `undefined` for what came over an API. */
  readonly file: string | undefined;
  /** The namespace of objects that name none. */
  readonly defaultNamespace: string;
  /** Where the objects come from, such as `files` or `store`: equal objects of two sources have two digests. */
  readonly source: string;
  /** The most of one document, in characters; 1 MiB unless told, as in Kubernetes. */
  readonly maxLength?: number;
}

export interface Decoding {
  readonly documents: readonly Decoded[];
  readonly findings: readonly Finding[];
}

/** Decoding of a file that remembers its documents: give it to the next one of the same file, which then does just what changed. */
export interface FileDecoding extends Decoding {
  readonly parts: ReadonlyMap<string, DecodedPart>;
}

/** A document of a file with what came of it. */
export interface DecodedPart extends Decoding {
  readonly line: number;
}

/**
 * Reads the objects of a YAML or JSON text with any number of documents; `List`s count as what is in them. An object with
 * a fault is refused, and the others are decoded all the same.
 */
export function decodeDocuments(text: string, options: DecodeOptions, earlier?: FileDecoding): FileDecoding {
  const parts = new Map<string, DecodedPart>();
  const inOrder: DecodedPart[] = [];
  for (const chunk of splitDocuments(text)) {
    const before = earlier?.parts.get(chunk.text);
    const part = before?.line === chunk.line ? before : decodeChunk(chunk, options);
    parts.set(chunk.text, part);
    inOrder.push(part);
  }
  return { ...withoutTwins(inOrder), parts };
}

/** Decodes one object that is not text any more, such as the body of a request. */
export function decodeValue(value: unknown, options: DecodeOptions): Decoding {
  const origin: Origin = { file: options.file, lineOf: () => undefined };
  return decodeValues(value, () => origin, options, JSON.stringify(value) ?? "");
}

function decodeChunk(chunk: YamlChunk, options: DecodeOptions): DecodedPart {
  const documents: Decoded[] = [];
  const findings: Finding[] = [];
  for (const document of readYaml(chunk, {
    ...defaultLimits,
    maxLength: options.maxLength ?? defaultLimits.maxLength,
  })) {
    const decoding =
      document.faults.length > 0
        ? refuseYaml(document, options)
        : decodeValues(
            document.value,
            (base) => originIn(options.file, document.layout, base),
            options,
            `${chunk.line}\n${chunk.text}`,
          );
    documents.push(...decoding.documents);
    findings.push(...decoding.findings);
  }
  return { documents, findings, line: chunk.line };
}

function refuseYaml({ faults }: YamlDocument, options: DecodeOptions): Decoding {
  const findings = faults.map((fault) => tellFault(fault, { file: options.file ?? "", line: fault.line }));
  return { documents: [{ is: "refused", ref: undefined }], findings };
}

function tellFault({ is, says }: YamlFault, at: { file: string; line: number }): Finding {
  if (is === "duplicate key") return duplicateKey({ at, key: says });
  return is === "too much" ? tooMuch({ at, says }) : unreadableYaml({ at, says });
}

/** Decodes the object that a value is, or the objects of a List. */
function decodeValues(
  value: unknown,
  originOf: (base: string) => Origin,
  options: DecodeOptions,
  content: string,
): Decoding {
  const items = isMap(value) && isList(value) ? (value.items as unknown[]) : undefined;
  const written = items?.map((item, nth) => ({ item, base: `items[${nth}]` })) ?? [{ item: value, base: "" }];
  const findings: Finding[] = [];
  const documents: Decoded[] = [];
  for (const { item, base } of written) {
    const place = [options.source, options.file ?? "", options.defaultNamespace, base].join("\n");
    const digest = digestOf(`${place}\n${content}`);
    const found: Finding[] = [];
    const decoded = decodeObject({ value: item, origin: originOf(base), digest }, options.defaultNamespace, found);
    if (decoded !== undefined) documents.push(decoded);
    findings.push(...found);
  }
  return { documents, findings };
}

function isList({ kind, items }: Record<string, unknown>): boolean {
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return false;
  return kind === "List" || kinds.some((info) => `${info.kind}List` === kind);
}

/** All parts together. Of two objects with one name the first counts, and the second is told. */
function withoutTwins(parts: readonly DecodedPart[]): Decoding {
  const documents: Decoded[] = [];
  const findings: Finding[] = parts.flatMap((part) => part.findings);
  const first = new Map<string, MeshObject>();
  for (const decoded of parts.flatMap((part) => part.documents)) {
    if (decoded.is === "object") {
      const { object } = decoded;
      const id = `${object.kind} ${object.key}`;
      const twin = first.get(id);
      if (twin !== undefined) {
        const at = new FieldPath(
          { kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name },
          object.origin,
        );
        findings.push(twiceInFile({ at, line: twin.origin.lineOf("") ?? 1 }));
        continue;
      }
      first.set(id, object);
    }
    documents.push(decoded);
  }
  return { documents, findings };
}
