import { isDeepStrictEqual } from "node:util";
import type { Show } from "./case-file.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { ByName, ProxyConfig } from "./proxy-config.ts";

/** What stands for a resource that the case takes away. */
const gone = "gone";

/** The parts that a case asks for. What is not asked for by name is what differs from the mesh without the case. */
export function shownParts(shows: readonly Show[], config: ProxyConfig, before: ProxyConfig): JsonObject {
  const shown: JsonObject = {};
  for (const { part, named, fields } of shows) {
    const found = named === undefined ? changes(config[part], before[part]) : matching(config[part], named);
    const kept = fields === undefined ? found : onlyFields(found, fields);
    shown[part] = { ...(shown[part] as JsonObject | undefined), ...kept };
  }
  return shown;
}

function onlyFields(found: JsonObject, fields: readonly string[]): JsonObject {
  const pick = (json: JsonObject) => Object.fromEntries(Object.entries(json).filter(([name]) => fields.includes(name)));
  return Object.fromEntries(Object.entries(found).map(([name, json]) => [name, isObject(json) ? pick(json) : json]));
}

function changes(now: ByName, before: ByName): JsonObject {
  const changed = [...now].filter(([name, json]) => !isDeepStrictEqual(json, before.get(name)));
  const lost = [...before.keys()].filter((name) => !now.has(name)).map((name) => [name, gone] as const);
  return sorted([...changed, ...lost]);
}

function matching(now: ByName, pattern: string): JsonObject {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[^\w]/g, "\\$&"));
  const whole = new RegExp(`^${parts.join(".*")}$`);
  return sorted([...now].filter(([name]) => whole.test(name)));
}

function sorted(entries: readonly (readonly [string, JsonObject | string])[]): JsonObject {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
