import { compareText } from "#base/order.ts";

/**
 * JSON with the fields of every object in order, so that equal content gives equal text. Big integers are decimal
 * texts and bytes are base64, as in protobuf's JSON; fields that are `undefined` are left out.
 *
 * @throws on what JSON has no words for: functions, symbols, maps, sets, numbers that are not finite
 */
export function stableJson(value: unknown): string {
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === "bigint") return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map((item) => stableJson(item ?? null)).join(",")}]`;
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString("base64")}"`;
  if (value instanceof Date) return JSON.stringify(value);
  if (typeof value !== "object" || value instanceof Map || value instanceof Set) {
    throw new TypeError(`no JSON for ${Object.prototype.toString.call(value)} ${String(value)}`);
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => compareText(a, b));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${stableJson(field)}`).join(",")}}`;
}
