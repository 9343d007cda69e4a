/** Envoy's own JSON, of which we read a few fields and never rely on any. */
export type Json = { readonly [field: string]: unknown };

/** A part of what Envoy tells of its configuration, such as `Routes`. */
export function partOf(dump: Json, name: string): Json {
  const type = `type.googleapis.com/envoy.admin.v3.${name}ConfigDump`;
  return list(dump, "configs").find((part) => part["@type"] === type) ?? {};
}

/** The object at a path of fields; an empty one where there is none. */
export function inside(value: unknown, ...path: readonly string[]): Json {
  let here: unknown = value;
  for (const field of path) here = isObject(here) ? here[field] : undefined;
  return isObject(here) ? here : {};
}

/** The objects of a list; none where there is no list. */
export function list(value: Json, field: string): readonly Json[] {
  const items = value[field];
  return Array.isArray(items) ? items.filter(isObject) : [];
}

export function text(value: Json, field: string): string {
  const found = value[field];
  return typeof found === "string" || typeof found === "number" || typeof found === "boolean" ? String(found) : "";
}

export function texts(value: Json, field: string): readonly string[] {
  const items = value[field];
  return Array.isArray(items) ? items.filter((item) => typeof item === "string") : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `10.128.0.7:9080`, or the path of a unix socket. */
export function addressText(address: Json): string {
  const socket = inside(address, "socket_address");
  if (text(socket, "address") !== "") return `${text(socket, "address")}:${text(socket, "port_value")}`;
  return (
    text(inside(address, "pipe"), "path") || text(inside(address, "envoy_internal_address"), "server_listener_name")
  );
}
