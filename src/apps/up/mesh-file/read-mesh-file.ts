import { dirname, resolve } from "node:path";
import { originIn, readYaml } from "#api/yaml-document.ts";
import { defaultLimits } from "#api/yaml-limits.ts";
import { Fields, type Reading } from "#apps/up/mesh-file/fields.ts";
import { dependsOnItself, sameName, unreadable } from "#apps/up/mesh-file/findings.ts";
import type { MeshFile, ServiceEntry } from "#apps/up/mesh-file/mesh-file.ts";
import { readCertificateTtl, readMeshConfig } from "#apps/up/mesh-file/mesh-settings.ts";
import { dnsLabel, nameForm, readService } from "#apps/up/mesh-file/services.ts";
import type { Finding } from "#findings/finding.ts";

/** What became of a `stod.yaml`: the mesh, or at least one finding that says why there is none. */
export interface ReadMeshFile {
  readonly mesh: MeshFile | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Reads a `stod.yaml`. Every mistake is found in one go, and with any there is no mesh.
 *
 * @param path  the file as the user would name it; directories in it are seen from its own
 */
export function readMeshFile(text: string, path: string): ReadMeshFile {
  const findings: Finding[] = [];
  const [document, second] = readYaml({ text, line: 1 }, defaultLimits);
  for (const { line, says } of document?.faults ?? [])
    findings.push(unreadable({ at: { file: path, line }, why: says }));
  if (second !== undefined) {
    const why = "a second document starts here, and a mesh is one";
    findings.push(unreadable({ at: { file: path, line: second.layout.lineOf("") }, why }));
  }
  if (findings.length > 0) return { mesh: undefined, findings };
  const origin = document && originIn(path, document.layout);
  const reading: Reading = { file: path, lineOf: (field) => origin?.lineOf(field) ?? 1, findings };
  const mesh = readMesh(new Fields(reading, document?.value ?? {}, ""), dirname(resolve(path)));
  return { mesh: findings.length === 0 ? mesh : undefined, findings };
}

function readMesh(fields: Fields, directory: string): MeshFile {
  fields.only("name", "namespace", "trustDomain", "config", "meshConfig", "certificateTtl", "env", "services");
  const dnsName = { wanted: `a name (${nameForm})`, example: "shop", matching: dnsLabel };
  const name = fields.text("name", dnsName);
  if (!fields.has("name")) fields.missing("name", "name: shop");
  if (!fields.has("services"))
    fields.missing("services", "services: { web: { ports: [8080/http], command: node web.ts } }");
  const domain = {
    wanted: "a domain",
    example: "trustDomain: cluster.local",
    matching: /^[a-z0-9]([-a-z0-9.]{0,253}[a-z0-9])?$/,
  };
  const config = fields.text("config", { wanted: "a directory", example: "config: ./mesh" });
  const entries = fields.entries("services");
  const around = {
    namespace: fields.text("namespace", dnsName) ?? "default",
    env: fields.texts("env", /^[^=\0]+$/, "env: { LOG_LEVEL: info }"),
    directory,
    names: entries.map(([service]) => service),
  };
  const services = entries.flatMap(([service, value]) => {
    if (dnsLabel.test(service))
      return readService(new Fields(fields.reading, value, `services.${service}`), service, around);
    fields.wrongIn(`services.${service}`, service, dnsName);
    return [];
  });
  findTwins(fields, services);
  findCircle(fields, services);
  const trustDomain = fields.text("trustDomain", domain) ?? "cluster.local";
  return {
    name: name ?? "",
    namespace: around.namespace,
    trustDomain,
    config: resolve(directory, config ?? "mesh"),
    meshConfig: readMeshConfig(fields.inside("meshConfig")),
    certificateTtl: readCertificateTtl(fields),
    services,
  };
}

/** Two workloads can come by the same name: `web` with a version `v1`, and a service `web-v1`. */
function findTwins(fields: Fields, services: readonly ServiceEntry[]): void {
  const seen = new Set<string>();
  for (const service of services) {
    for (const { name } of service.workloads) {
      if (seen.has(name))
        fields.reading.findings.push(sameName({ at: fields.at(`services.${service.name}`), what: "workloads", name }));
      seen.add(name);
    }
  }
}

function findCircle(fields: Fields, services: readonly ServiceEntry[]): void {
  const byName = new Map(services.map((service) => [service.name, service]));
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    done.add(name);
    for (const next of byName.get(name)?.dependsOn ?? []) {
      const circle = visit(next, [...way, name]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  for (const { name } of services) {
    const circle = visit(name, []);
    if (circle === undefined) continue;
    fields.reading.findings.push(dependsOnItself({ at: fields.at(`services.${circle[0]}.dependsOn`), circle }));
    return;
  }
}
