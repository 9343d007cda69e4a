import { isIP } from "node:net";
import { isAbsolute } from "node:path";
import type { Check, Readiness, WorkloadPort, WorkloadSpec } from "#agent/workload/spec.ts";
import { type Duration, parseDuration, seconds } from "#base/duration.ts";
import { lastPlace } from "#host/explicit-capture.ts";

/** A workload that cannot be run as it was told: which field, and why. */
export class SpecFault extends Error {
  override readonly name = "SpecFault";
}

type Fields = Readonly<Record<string, unknown>>;

const maxItems = 1000;
const name = /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/;

/**
 * Reads a workload as it comes over the agent's API:
 *
 *     { "name": "reviews-v1-0", "namespace": "shop", "workload": "reviews-v1", "service": "reviews", "version": "v1",
 *       "labels": {"app": "reviews"}, "serviceAccount": "reviews", "address": "10.128.0.7", "netns": "/run/netns/reviews-v1-0",
 *       or in place of the netns "explicit": 7,
 *       "hostname": "reviews-v1-0", "files": [{"source": "…", "target": "/etc/hosts"}],
 *       "ports": [{"name": "http", "port": 9080, "targetPort": 9080, "protocol": "http"}],
 *       "command": ["node", "main.ts"], "env": {}, "cwd": "/…", "user": "nobody", "sidecar": true, "kind": "sidecar",
 *       "readiness": {"http": "/healthz", "port": 9080, "interval": "1s", "timeout": "1s"}, "drainSeconds": 5,
 *       "locality": {"region": "", "zone": "", "subzone": ""} }
 *
 * @throws SpecFault
 */
export function parseSpec(value: unknown): WorkloadSpec {
  const fields = record(value, "the workload");
  const ports = list(fields, "ports").map(parsePort);
  const proxy = parseProxy(fields);
  const command = fields.command === undefined ? undefined : strings(fields.command, "command");
  if (command === undefined && proxy !== "gateway") fail("command", "is missing: only a gateway runs without one");
  return {
    name: dnsName(fields, "name"),
    namespace: dnsName(fields, "namespace"),
    workload: dnsName(fields, "workload"),
    service: optionalText(fields, "service"),
    version: optionalText(fields, "version"),
    labels: textMap(fields, "labels"),
    serviceAccount: dnsName(fields, "serviceAccount"),
    address: parseAddress(fields),
    netns: optionalPath(fields, "netns"),
    explicit: fields.explicit === undefined ? undefined : numberIn(fields, "explicit", 1, lastPlace),
    hostname: optionalText(fields, "hostname"),
    files: list(fields, "files").map((item) => {
      const file = record(item, "files");
      return { source: path(file, "source"), target: path(file, "target") };
    }),
    ports,
    application: command && {
      command,
      env: textMap(fields, "env"),
      cwd: optionalPath(fields, "cwd"),
      user: optionalText(fields, "user"),
    },
    proxy,
    readiness: parseReadiness(fields.readiness, command === undefined ? [] : ports),
    drain: seconds(numberIn(fields, "drainSeconds", 0, 3600, 5)),
    locality: parseLocality(fields.locality),
  };
}

function parseProxy({ kind = "sidecar", sidecar = true }: Fields): WorkloadSpec["proxy"] {
  if (kind === "gateway") return "gateway";
  if (kind !== "sidecar") fail("kind", "is neither sidecar nor gateway");
  return sidecar === false ? "none" : "sidecar";
}

function parsePort(value: unknown): WorkloadPort {
  const fields = record(value, "ports");
  const port = numberIn(fields, "port", 1, 65_535);
  return {
    name: text(fields, "name"),
    port,
    targetPort: numberIn(fields, "targetPort", 1, 65_535, port),
    protocol: optionalText(fields, "protocol") ?? "",
  };
}

function parseReadiness(value: unknown, ports: readonly WorkloadPort[]): Readiness {
  const fields = value === undefined ? {} : record(value, "readiness");
  return {
    check: parseCheck(fields, ports[0]?.targetPort),
    interval: duration(fields, "interval", seconds(1)),
    timeout: duration(fields, "timeout", seconds(1)),
  };
}

function parseCheck(fields: Fields, firstPort: number | undefined): Check {
  if (fields.exec !== undefined) return { by: "exec", command: strings(fields.exec, "readiness.exec") };
  if (fields.http !== undefined) {
    const path = text(fields, "http");
    if (!/^\/[!-~]*$/.test(path)) fail("readiness.http", "is not a path such as /healthz");
    return { by: "http", path, port: numberIn(fields, "port", 1, 65_535, firstPort) };
  }
  if (fields.tcp !== undefined) return { by: "tcp", port: numberIn(fields, "tcp", 1, 65_535) };
  return firstPort === undefined ? { by: "running" } : { by: "tcp", port: firstPort };
}

function parseLocality(value: unknown): WorkloadSpec["locality"] {
  if (value === undefined || value === null) return undefined;
  const fields = record(value, "locality");
  const part = (field: string) => optionalText(fields, field) ?? "";
  return { region: part("region"), zone: part("zone"), subzone: part("subzone") };
}

function parseAddress(fields: Fields): string {
  const address = text(fields, "address");
  if (isIP(address) === 0) fail("address", `is ${JSON.stringify(address)}, and no IP address`);
  return address;
}

function fail(field: string, says: string): never {
  throw new SpecFault(`${field} ${says}`);
}

function record(value: unknown, field: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(field, "is not an object");
  return value as Fields;
}

function list(fields: Fields, field: string): readonly unknown[] {
  const value = fields[field] ?? [];
  if (!Array.isArray(value) || value.length > maxItems) fail(field, `is not a list of at most ${maxItems}`);
  return value;
}

function strings(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxItems) fail(field, "is not a list of words");
  for (const word of value) if (typeof word !== "string" || word.includes("\0")) fail(field, "is not a list of words");
  return value;
}

function text(fields: Fields, field: string): string {
  return optionalText(fields, field) ?? fail(field, "is missing");
}

function optionalText(fields: Fields, field: string): string | undefined {
  const value = fields[field];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string" || value.length > 4096 || value.includes("\0")) fail(field, "is not a text");
  return value;
}

function dnsName(fields: Fields, field: string): string {
  const value = text(fields, field);
  if (!name.test(value))
    fail(field, `is ${JSON.stringify(value)}: lower-case letters, digits, "-" and "." are allowed`);
  return value;
}

function path(fields: Fields, field: string): string {
  return optionalPath(fields, field) ?? fail(field, "is missing");
}

function optionalPath(fields: Fields, field: string): string | undefined {
  const value = optionalText(fields, field);
  if (value !== undefined && !isAbsolute(value)) fail(field, `is ${JSON.stringify(value)}, and no absolute path`);
  return value;
}

function textMap(fields: Fields, field: string): Readonly<Record<string, string>> {
  const entries = Object.entries(record(fields[field] ?? {}, field));
  if (entries.length > maxItems) fail(field, `has more than ${maxItems} entries`);
  for (const [key, value] of entries) {
    if (typeof value !== "string" || value.includes("\0")) fail(`${field}.${key}`, "is not a text");
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function numberIn(fields: Fields, field: string, least: number, most: number, absent?: number): number {
  const value = fields[field] ?? absent;
  if (value === undefined) fail(field, "is missing");
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    fail(field, `is ${JSON.stringify(value)}, and no number from ${least} to ${most}`);
  }
  return value;
}

function duration(fields: Fields, field: string, absent: Duration): Duration {
  const value = optionalText(fields, field);
  const parsed = value === undefined ? absent : parseDuration(value);
  if (parsed === undefined || parsed.ms <= 0) fail(`readiness.${field}`, "is not a duration such as 1s");
  return parsed;
}
