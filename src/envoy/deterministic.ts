import {
  create,
  type DescField,
  type DescMessage,
  type JsonValue,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";

/**
 * The encoded message: equal content gives equal bytes, whatever order the entries of its maps were written in.
 *
 * Protobuf leaves the order of a map's entries open, and protobuf-es keeps the one of insertion. What is inside an
 * `Any` is bytes already, and so was ordered when it was packed.
 */
export function deterministicBytes<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  const message = create(schema, init);
  sorterOf(schema)(message);
  return toBinary(schema, message);
}

type Sorter = (message: Message) => void;
type Fields = Record<string, unknown>;

const sorters = new WeakMap<DescMessage, Sorter>();

/** A walk over the fields of a message that can hold a map, made once for each type. */
function sorterOf(schema: DescMessage): Sorter {
  const known = sorters.get(schema);
  if (known !== undefined) return known;
  let parts: readonly Sorter[] = [];
  const sorter: Sorter = (message) => {
    for (const part of parts) part(message);
  };
  // Known before its fields are looked at, since types contain themselves.
  sorters.set(schema, sorter);
  parts = schema.fields.filter(holdsMaps).map(fieldSorter);
  return sorter;
}

function fieldSorter(field: DescField): Sorter {
  const name = field.localName;
  if (field.fieldKind === "map") {
    const inside = field.mapKind === "message" ? valueSorter(field.message) : undefined;
    return (message) => {
      const fields = message as unknown as Fields;
      const map = fields[name] as Fields;
      const sorted = sortKeys(map);
      if (inside !== undefined) for (const key of Object.keys(sorted)) sorted[key] = inside(sorted[key]);
      if (sorted !== map) fields[name] = sorted;
    };
  }
  const inside = valueSorter((field as DescField & { message: DescMessage }).message, field.parent);
  if (field.fieldKind === "list")
    return (message) => replaceItems((message as unknown as Fields)[name] as unknown[], inside);
  const oneof = field.oneof?.localName;
  if (oneof === undefined) return (message) => replaceField(message as unknown as Fields, name, inside);
  return (message) => {
    const chosen = (message as unknown as Fields)[oneof] as { case?: string } & Fields;
    if (chosen.case === name) replaceField(chosen, "value", inside);
  };
}

function replaceItems(items: unknown[], inside: (value: unknown) => unknown): void {
  for (let i = 0; i < items.length; i++) {
    const sorted = inside(items[i]);
    if (sorted !== items[i]) items[i] = sorted;
  }
}

function replaceField(of: Fields, name: string, inside: (value: unknown) => unknown): void {
  const value = of[name];
  if (value === undefined) return;
  const sorted = inside(value);
  if (sorted !== value) of[name] = sorted;
}

/** Sorts one value; a `google.protobuf.Struct` is plain JSON everywhere but inside a `google.protobuf.Value`. */
function valueSorter(type: DescMessage, parent?: DescMessage): (value: unknown) => unknown {
  if (isStruct(type) && parent?.typeName !== "google.protobuf.Value") return (value) => sortJson(value as JsonValue);
  const sorter = sorterOf(type);
  return (value) => {
    sorter(value as Message);
    return value;
  };
}

function sortJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortJson);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.keys(value).sort();
  return Object.fromEntries(entries.map((key) => [key, sortJson(value[key] as JsonValue)]));
}

function sortKeys(map: Fields): Fields {
  const keys = Object.keys(map);
  const inOrder = keys.every((key, i) => i === 0 || (keys[i - 1] as string) < key);
  return inOrder ? map : Object.fromEntries(keys.sort().map((key) => [key, map[key]]));
}

const reach = new WeakMap<DescMessage, boolean>();

function holdsMaps(field: DescField): boolean {
  return field.fieldKind === "map" || (field.message !== undefined && reachesMap(field.message));
}

/** Whether a message of this type can have a map anywhere inside. */
function reachesMap(type: DescMessage): boolean {
  const known = reach.get(type);
  if (known !== undefined) return known;
  const seen = new Set([type]);
  let found = false;
  for (const one of seen) {
    found ||= isStruct(one) || one.fields.some((field) => field.fieldKind === "map");
    for (const field of one.fields) if (field.message !== undefined) seen.add(field.message);
  }
  reach.set(type, found);
  return found;
}

function isStruct(type: DescMessage): boolean {
  return type.typeName === "google.protobuf.Struct";
}
