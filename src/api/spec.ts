import type { Message } from "@bufbuild/protobuf";
import type { VirtualService } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { rules } from "#api/gen/rules.js";
import service from "#api/gen/schemas/Service.json" with { type: "json" };
import { type SchemaKind, validators } from "#api/gen/validators.js";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";
import { brokenRules, type RuleTree, ruleTree } from "./cel-rules.ts";
import { invalidValue } from "./decode-findings.ts";
import { firstOf } from "./first-findings.ts";
import { badHosts } from "./host-fields.ts";
import { messageOf, specSchema } from "./istio-spec.ts";
import type { KindInfo } from "./kinds.ts";
import { badRegexes } from "./regex-fields.ts";
import { type FieldNames, fieldNamesIn, type SchemaFault, schemaFieldNames, tellFaults } from "./schema-faults.ts";
import { serviceSpec } from "./service.ts";

/**
 * The spec of a written object: Istio's kinds as their messages, a Service with its defaults, and what stod does not act
 * on as it was written. `undefined` where there are errors, which are added to `findings`.
 */
export function decodeSpec(
  info: KindInfo,
  object: Readonly<Record<string, unknown>>,
  at: FieldPath,
  findings: Finding[],
): unknown {
  const problems = firstOf(checkSchema(info, object, at));
  findings.push(...problems);
  if (problems.length > 0) return undefined;
  const spec = object.spec ?? {};
  if (info.kind === "Service" && info.group === "") return serviceSpec(spec);
  const schema = info.acts ? specSchema(info.kind) : undefined;
  if (schema === undefined) return spec;
  try {
    const message = messageOf(schema, spec);
    findings.push(...firstOf(checkMessage(info.kind, message, at.field("spec"))));
    return message;
  } catch (error) {
    findings.push(invalidValue({ at: at.field("spec"), says: (error as Error).message }));
    return undefined;
  }
}

/** What no schema says, and is wrong with an object whatever else is in the mesh. */
function* checkMessage(kind: string, message: Message, at: FieldPath): Iterable<Finding> {
  if (Object.hasOwn(badHosts, kind)) yield* badHosts[kind as keyof typeof badHosts](message as never, at);
  if (kind === "VirtualService") yield* badRegexes(message as VirtualService, at);
}

function* checkSchema(info: KindInfo, object: Readonly<Record<string, unknown>>, at: FieldPath): Iterable<Finding> {
  const kind = info.kind as SchemaKind;
  const validate = Object.hasOwn(validators, kind) ? validators[kind] : undefined;
  if (validate === undefined) return;
  if (!validate(object)) {
    // What is outside of the spec, decode.ts and metadata.ts have checked, in better words.
    const faults = (validate.errors ?? []).filter(({ instancePath }) =>
      /^\/spec(\/|$)/.test(instancePath),
    ) as SchemaFault[];
    const spec = faults.map((fault) => ({ ...fault, instancePath: fault.instancePath.slice("/spec".length) }));
    yield* tellFaults(spec, object.spec, at.field("spec"), fieldNamesOf(kind));
    if (spec.length > 0) return;
  }
  // Of kinds that we do not act on, some rules need functions that only Kubernetes' CEL has.
  if (info.acts) yield* brokenRules(rulesOf(kind), { spec: {}, ...object }, at);
}

function fieldNamesOf(kind: SchemaKind): FieldNames {
  if (kind === "Service") return schemaFieldNames(service.properties.spec);
  const schema = specSchema(kind);
  return schema === undefined ? () => [] : fieldNamesIn(schema);
}

const trees = new Map<SchemaKind, RuleTree>();

function rulesOf(kind: SchemaKind): RuleTree {
  const tree = trees.get(kind) ?? ruleTree(rules[kind]);
  trees.set(kind, tree);
  return tree;
}
