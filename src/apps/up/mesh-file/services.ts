import { Fields } from "#apps/up/mesh-file/fields.ts";
import { contradiction, unknownService } from "#apps/up/mesh-file/findings.ts";
import type { PortEntry, ServiceEntry } from "#apps/up/mesh-file/mesh-file.ts";
import { readPorts } from "#apps/up/mesh-file/ports.ts";
import { readWorkload, workloadFields } from "#apps/up/mesh-file/workloads.ts";

const serviceFields = [
  "namespace",
  "serviceAccount",
  "ports",
  "publish",
  "dependsOn",
  "sidecar",
  "gateway",
  "versions",
];

/** A name that may stand in a host name. */
export const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;
export const nameForm = "lower-case letters, digits and -, at most 40";

/** What a service takes from the mesh around it. */
export interface AroundService {
  readonly namespace: string;
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  /** All services of the file. */
  readonly names: readonly string[];
}

export function readService(fields: Fields, name: string, around: AroundService): ServiceEntry {
  fields.only(...serviceFields, ...workloadFields);
  const dnsName = (field: string) =>
    fields.text(field, { wanted: `a name (${nameForm})`, example: `${field}: shop`, matching: dnsLabel });
  const ports = readPorts(fields);
  const proxy = readProxy(fields);
  const workload = { service: name, gateway: proxy === "gateway", hasPorts: ports.length > 0, ...around };
  return {
    name,
    namespace: dnsName("namespace") ?? around.namespace,
    serviceAccount: dnsName("serviceAccount") ?? name,
    ports,
    publish: readPublish(fields, ports),
    dependsOn: readDependsOn(fields, name, around.names),
    proxy,
    workloads: fields.has("versions")
      ? readVersions(fields).map(([version, own]) => readWorkload(fields, own, { ...workload, version }))
      : [readWorkload(fields, fields, { ...workload, version: "" })],
  };
}

function readVersions(fields: Fields): readonly [string, Fields][] {
  return fields.entries("versions").flatMap(([version, value]) => {
    const below = `versions.${version}`;
    if (!/^[a-z0-9]([-a-z0-9]{0,18}[a-z0-9])?$/.test(version)) {
      fields.wrongIn(below, version, {
        wanted: "a version's name (lower-case letters, digits and -, at most 20)",
        example: "v1: {}",
      });
      return [];
    }
    return [[version, new Fields(fields.reading, value, `${fields.path}.${below}`).only(...workloadFields)] as const];
  }) as [string, Fields][];
}

function readProxy(fields: Fields): ServiceEntry["proxy"] {
  const gateway = fields.flag("gateway") ?? false;
  const sidecar = fields.flag("sidecar") ?? true;
  if (gateway && !sidecar) {
    const says = `${fields.path} is a gateway without a proxy, and a gateway is nothing but a proxy`;
    fields.reading.findings.push(contradiction({ at: fields.at("sidecar"), says, help: "Leave sidecar: false out." }));
  }
  if (gateway) return "gateway";
  return sidecar ? "sidecar" : "none";
}

function readPublish(fields: Fields, ports: readonly PortEntry[]): readonly PortEntry[] {
  const value = fields.raw("publish");
  const asked = value === undefined || Array.isArray(value) ? fields.list("publish") : [value];
  return asked.flatMap((wanted, nth) => {
    const port = ports.find((candidate) => candidate.port === wanted);
    if (port !== undefined) return [port];
    const known = ports.map((candidate) => candidate.port).join(", ") || "none: it has no ports";
    const below = Array.isArray(value) ? `publish[${nth}]` : "publish";
    fields.wrongIn(below, wanted, { wanted: `a port of this service (${known})`, example: "publish: 80" });
    return [];
  });
}

function readDependsOn(fields: Fields, name: string, names: readonly string[]): readonly string[] {
  return fields.names("dependsOn").filter((wanted, nth) => {
    if (names.includes(wanted) && wanted !== name) return true;
    const path = `${fields.path}.dependsOn`;
    const known = names.filter((candidate) => candidate !== name);
    fields.reading.findings.push(unknownService({ at: fields.at(`dependsOn[${nth}]`), path, name: wanted, known }));
    return false;
  });
}
