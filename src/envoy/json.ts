import {
  create,
  createFileRegistry,
  createRegistry,
  type DescMessage,
  type FileRegistry,
  fromJson,
  type JsonValue,
  type MessageShape,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";

let loading: Promise<Registry> | undefined;

/**
 * All types of Envoy that we know. The first call loads them, which takes some 0.2 s: few programs need it.
 */
export function envoyRegistry(): Promise<Registry> {
  loading ??= import("#envoy/gen/files.js").then(({ files }) => createRegistry(...wellKnown, ...files));
  return loading;
}

const wellKnown = [
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
];

/**
 * A message as Envoy's own configuration and `/config_dump` write it: `snake_case`, and the content of every `Any` shown.
 *
 * A type that we do not know shows as its `@type` alone.
 */
export async function toEnvoyJson<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): Promise<JsonValue> {
  return toJson(schema, message, { registry: tolerant(await envoyRegistry()), useProtoFieldName: true });
}

/** Reads what Envoy or a user wrote as JSON, in either spelling of its fields. Fields of a newer Envoy are passed over. */
export async function fromEnvoyJson<Desc extends DescMessage>(
  schema: Desc,
  json: JsonValue,
): Promise<MessageShape<Desc>> {
  return fromJson(schema, json, { registry: tolerant(await envoyRegistry()), ignoreUnknownFields: true });
}

/** A registry that answers with an empty message for a type that it does not have. */
function tolerant(registry: Registry): Registry {
  const getMessage = (typeName: string) => registry.getMessage(typeName) ?? emptyMessage(typeName);
  return Object.assign(Object.create(registry), { getMessage }) as Registry;
}

function emptyMessage(typeName: string): DescMessage | undefined {
  const dot = typeName.lastIndexOf(".");
  const file = create(FileDescriptorProtoSchema, {
    name: `${typeName}.proto`,
    package: typeName.slice(0, Math.max(dot, 0)),
    syntax: "proto3",
    messageType: [{ name: typeName.slice(dot + 1) }],
  });
  const made: FileRegistry = createFileRegistry(file, () => undefined);
  return made.getMessage(typeName);
}
