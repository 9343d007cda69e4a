import type { Fields } from "#apps/up/mesh-file/fields.ts";
import { Fields as MapFields } from "#apps/up/mesh-file/fields.ts";
import { sameName } from "#apps/up/mesh-file/findings.ts";
import type { PortEntry } from "#apps/up/mesh-file/mesh-file.ts";

/** Protocols that Istio knows by name. */
const protocols = ["http", "http2", "grpc", "grpc-web", "https", "tls", "tcp", "mongo", "mysql", "redis"];

const form = { wanted: "a port", example: "9080/http, 80:8080/http or { port: 9080, protocol: http }" };

/** A port before it has a name. */
type Unnamed = Omit<PortEntry, "name"> & { readonly name: string | undefined };

/** Reads the ports of a service, and names those that have none. */
export function readPorts(service: Fields): readonly PortEntry[] {
  const ports = service.list("ports", { wanted: "a list of ports", example: "ports: [9080/http]" });
  const read = ports.flatMap((port, nth) => readPort(service, port, `ports[${nth}]`) ?? []);
  const named = nameAll(read);
  for (const [nth, { name, port }] of named.entries()) {
    const twin = named.slice(0, nth).some((other) => other.name === name || other.port === port);
    if (!twin) continue;
    const what = `ports of ${service.path.split(".").at(-1)}`;
    service.reading.findings.push(sameName({ at: service.at(`ports[${nth}]`), what, name: `${name} (${port})` }));
  }
  return named;
}

function readPort(service: Fields, value: unknown, below: string): Unnamed | undefined {
  if (typeof value === "number" || typeof value === "string") {
    const match = /^(\d{1,5})(?::(\d{1,5}))?(?:\/([a-z0-9-]+))?$/.exec(String(value));
    const [, port, targetPort = port, protocol = ""] = match ?? [];
    const fits =
      isPort(Number(port)) && isPort(Number(targetPort)) && (protocol === "" || protocols.includes(protocol));
    if (!fits) return service.wrongIn(below, value, form);
    return { name: undefined, port: Number(port), targetPort: Number(targetPort), protocol };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return service.wrongIn(below, value, form);
  return readPortMap(new MapFields(service.reading, value, `${service.path}.${below}`));
}

function readPortMap(fields: Fields): Unnamed | undefined {
  fields.only("name", "port", "targetPort", "protocol", "appProtocol");
  const name = fields.text("name", {
    wanted: "a port's name (lower-case letters, digits and -, at most 63)",
    example: "name: http-api",
    matching: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  });
  const port = fields.whole("port", 1, 65535);
  if (!fields.has("port")) fields.missing("port", "port: 9080");
  const targetPort = fields.whole("targetPort", 1, 65535) ?? port;
  const oneOf = { wanted: `one of ${protocols.join(", ")}`, example: "protocol: http", matching: protocolPattern };
  const protocol = fields.text("protocol", oneOf) ?? fields.text("appProtocol", oneOf) ?? fromName(name);
  return port === undefined || targetPort === undefined ? undefined : { name, port, targetPort, protocol };
}

const protocolPattern = new RegExp(`^(${protocols.join("|")})$`);

/** As in Istio: `http-api` is http, where nothing else says so. */
function fromName(name = ""): string {
  const matches = protocols.filter((protocol) => name === protocol || name.startsWith(`${protocol}-`));
  return matches.sort((a, b) => b.length - a.length)[0] ?? "";
}

function nameAll(ports: readonly Unnamed[]): readonly PortEntry[] {
  return ports.map(({ name, port, targetPort, protocol }) => {
    const base = protocol || "port";
    const alone = protocol !== "" && ports.every((other) => other.port === port || other.protocol !== protocol);
    return { name: name ?? (alone ? base : `${base}-${port}`), port, targetPort, protocol };
  });
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}
