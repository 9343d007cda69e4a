import { resolve } from "node:path";
import type { Fields } from "#apps/up/mesh-file/fields.ts";
import { contradiction } from "#apps/up/mesh-file/findings.ts";
import type { LocalityEntry, ReadinessEntry, WorkloadEntry } from "#apps/up/mesh-file/mesh-file.ts";
import { parseDuration } from "#base/duration.ts";

/** Fields that a service may say for all of its versions, and a version for itself. */
export const workloadFields = ["replicas", "command", "env", "labels", "cwd", "readiness", "locality"];

/** What a workload takes from around it. */
export interface Around {
  readonly service: string;
  readonly version: string;
  readonly gateway: boolean;
  /** Of the mesh. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the file is. */
  readonly directory: string;
  readonly hasPorts: boolean;
}

const labelName = /^([a-z0-9A-Z][-a-z0-9A-Z.]*\/)?[a-z0-9A-Z]([-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?$/;
const variableName = /^[^=\0]+$/;

/**
 * Reads one version of a service.
 *
 * @param own  the version's fields; the service's own where it has no versions
 */
export function readWorkload(service: Fields, own: Fields, around: Around): WorkloadEntry {
  const levels = own === service ? [service] : [service, own];
  const nearest = [...levels].reverse();
  const first = <T>(read: (fields: Fields) => T | undefined): T | undefined => {
    for (const fields of nearest) {
      const value = read(fields);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const cwd = first((fields) => fields.text("cwd", { wanted: "a directory", example: "cwd: ./reviews" }));
  return {
    name: around.version === "" ? around.service : `${around.service}-${around.version}`,
    version: around.version,
    replicas: first((fields) => fields.whole("replicas", 0, 50)) ?? 1,
    labels: readLabels(levels, around),
    command: readCommand(own, nearest, around),
    env: Object.assign({}, around.env, ...levels.map((fields) => fields.texts("env", variableName, "env: { A: b }"))),
    cwd: resolve(around.directory, cwd ?? "."),
    readiness: first((fields) => readReadiness(fields, around)),
    locality: first(readLocality),
  };
}

function readLabels(levels: readonly Fields[], { service, version }: Around): Readonly<Record<string, string>> {
  const fixed = { app: service, ...(version === "" ? {} : { version }) };
  const labels: Record<string, string> = {};
  for (const fields of levels) {
    Object.assign(labels, fields.texts("labels", labelName, "labels: { team: books }"));
    for (const [label, value] of Object.entries(fixed)) {
      if (labels[label] === undefined || labels[label] === value) continue;
      const says = `${fields.path}.labels.${label} is ${JSON.stringify(labels[label])}, and has to be ${JSON.stringify(value)}`;
      const help = "Leave it out: it is there by itself, and services and subsets select by it.";
      fields.reading.findings.push(contradiction({ at: fields.at(`labels.${label}`), says, help }));
    }
  }
  return { ...labels, ...fixed };
}

function readCommand(own: Fields, nearest: readonly Fields[], { gateway }: Around): readonly string[] | undefined {
  const saying = nearest.find((fields) => fields.has("command"));
  if (gateway) {
    if (saying === undefined) return undefined;
    const help = "Leave command out, or gateway: true.";
    const says = `${saying.path} is a gateway and has a command, but a gateway's Envoy is all that runs there`;
    saying.reading.findings.push(contradiction({ at: saying.at("command"), says, help }));
    return undefined;
  }
  if (saying === undefined) return own.missing("command", "command: node main.ts");
  const command = parseCommand(saying.raw("command"));
  return command ?? saying.wrong("command", { wanted: "a command", example: "command: [node, main.ts]" });
}

/**
 * The words of a command. A text is split at blanks, unless it has something in it that only a shell understands: then a shell gets it.
 */
export function parseCommand(value: unknown): readonly string[] | undefined {
  if (Array.isArray(value)) {
    const words = value.map((word) => (typeof word === "number" || typeof word === "boolean" ? String(word) : word));
    const plain = words.every((word) => typeof word === "string" && !word.includes("\0"));
    return plain && words.length > 0 && words[0] !== "" ? words : undefined;
  }
  if (typeof value !== "string" || value.trim() === "" || value.includes("\0")) return undefined;
  const simple = /^[\w@%+:,./ \t-]+$/.test(value.trim()) && !/^\s*\w+=/.test(value);
  return simple ? value.trim().split(/\s+/) : ["sh", "-c", value];
}

function readReadiness(service: Fields, { hasPorts }: Around): ReadinessEntry | undefined {
  if (!service.has("readiness")) return undefined;
  const fields = service.inside("readiness").only("http", "tcp", "exec", "port", "interval", "timeout");
  const kinds = ["http", "tcp", "exec"].filter((kind) => fields.has(kind));
  if (kinds.length !== 1) {
    const says = `${fields.path} says ${kinds.length === 0 ? "none" : "more than one"} of http, tcp and exec`;
    const help = "Say one of them, as in: readiness: { http: /healthz }";
    fields.reading.findings.push(contradiction({ at: fields.at(""), says, help }));
  }
  const http = fields.text("http", { wanted: "a path", example: "http: /healthz", matching: /^\/[!-~]*$/ });
  const port = fields.whole("port", 1, 65535);
  if (http !== undefined && port === undefined && !hasPorts)
    fields.missing("port", "readiness: { http: /healthz, port: 8080 }");
  const exec = fields.has("exec") ? parseCommand(fields.raw("exec")) : undefined;
  if (fields.has("exec") && exec === undefined)
    fields.wrong("exec", { wanted: "a command", example: "exec: [test, -e, ready]" });
  const tcp = fields.whole("tcp", 1, 65535);
  return { http, port, tcp, exec, interval: readTime(fields, "interval"), timeout: readTime(fields, "timeout") };
}

function readTime(fields: Fields, field: string): string {
  const text = fields.text(field, { wanted: "a duration", example: `${field}: 1s` });
  if (text === undefined || (parseDuration(text)?.ms ?? 0) > 0) return text ?? "1s";
  fields.wrong(field, { wanted: "a duration of more than 0s", example: `${field}: 1s` });
  return "1s";
}

function readLocality(fields: Fields): LocalityEntry | undefined {
  const matching = /^[^/\s]+(\/[^/\s]+){0,2}$/;
  const text = fields.text("locality", { wanted: "region/zone/subzone", example: "locality: eu/eu-1/a", matching });
  if (text === undefined) return undefined;
  const [region = "", zone = "", subzone = ""] = text.split("/");
  return { region, zone, subzone };
}
