import type { DescField, DescMessage, JsonValue, Message } from "@bufbuild/protobuf";
import { fromJson, toJson } from "@bufbuild/protobuf";
import { DestinationRuleSchema } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import { GatewaySchema } from "#api/gen/istio/networking/v1alpha3/gateway_pb.js";
import { ServiceEntrySchema } from "#api/gen/istio/networking/v1alpha3/service_entry_pb.js";
import { VirtualServiceSchema } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { WorkloadEntrySchema } from "#api/gen/istio/networking/v1alpha3/workload_entry_pb.js";
import { PeerAuthenticationSchema } from "#api/gen/istio/security/v1beta1/peer_authentication_pb.js";
import { parseDuration } from "#base/duration.ts";
import type { ActedKind } from "./objects.ts";

/** The message that each of Istio's kinds has as its spec. */
export const specSchemas: Readonly<Record<Exclude<ActedKind, "Service">, DescMessage>> = {
  VirtualService: VirtualServiceSchema,
  DestinationRule: DestinationRuleSchema,
  Gateway: GatewaySchema,
  ServiceEntry: ServiceEntrySchema,
  WorkloadEntry: WorkloadEntrySchema,
  PeerAuthentication: PeerAuthenticationSchema,
};

export function specSchema(kind: string): DescMessage | undefined {
  return Object.hasOwn(specSchemas, kind) ? specSchemas[kind as keyof typeof specSchemas] : undefined;
}

/**
 * A spec as its message.
 *
 * @throws if the JSON is not the message's: an unknown field, say, or two fields of which only one may be set
 */
export function messageOf(schema: DescMessage, json: unknown): Message {
  return fromJson(schema, inSeconds(schema, json) as JsonValue);
}

/** The inverse of {@link messageOf}, with durations as protobuf writes them: `90s`, `0.250s`. */
export function jsonOf(schema: DescMessage, spec: Message): JsonValue {
  return toJson(schema, spec);
}

/**
 * The same JSON with each duration in seconds: Istio's users write `250ms` and `1m30s`, which protobuf's own JSON does
 * not know. What holds no duration is given back as it is.
 */
function inSeconds(schema: DescMessage, json: unknown): unknown {
  const fields = durationFields(schema);
  if (fields.size === 0 || typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const changed: Record<string, unknown> = { ...json };
  for (const [key, value] of Object.entries(json)) {
    const field = fields.get(key);
    if (field !== undefined) changed[key] = fieldInSeconds(field, value);
  }
  return changed;
}

function fieldInSeconds(field: DescField, value: unknown): unknown {
  if (field.fieldKind === "list" && Array.isArray(value))
    return value.map((item) => valueInSeconds(field.message, item));
  if (field.fieldKind !== "map" || typeof value !== "object" || value === null)
    return valueInSeconds(field.message, value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueInSeconds(field.message, item)]));
}

function valueInSeconds(message: DescMessage | undefined, value: unknown): unknown {
  if (message === undefined) return value;
  if (message.typeName !== durationType) return inSeconds(message, value);
  const duration = typeof value === "string" ? parseDuration(value) : undefined;
  // Nanoseconds are all that a protobuf duration can say, and nine digits are all that its JSON may have.
  return duration === undefined ? value : `${(duration.ms / 1000).toFixed(9)}s`;
}

const durationType = "google.protobuf.Duration";
const known = new Map<DescMessage, ReadonlyMap<string, DescField>>();

/** The fields of a message that are durations or have durations somewhere in them, by both of their JSON names. */
function durationFields(schema: DescMessage): ReadonlyMap<string, DescField> {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const fields = new Map<string, DescField>();
  known.set(schema, fields);
  for (const field of schema.fields) {
    const { message } = field;
    if (message === undefined) continue;
    if (message.typeName === durationType || reachesDuration(message, new Set())) {
      fields.set(field.jsonName, field).set(field.name, field);
    }
  }
  return fields;
}

function reachesDuration(schema: DescMessage, seen: Set<DescMessage>): boolean {
  if (schema.typeName === durationType) return true;
  if (schema.typeName.startsWith("google.protobuf.") || seen.has(schema)) return false;
  seen.add(schema);
  return schema.fields.some(({ message }) => message !== undefined && reachesDuration(message, seen));
}
