/**
 * What a port carries, as far as routing cares.
 *
 * - `http`: HTTP/1.1 (HTTP/2 passes as such)
 * - `http2`: HTTP/2 without TLS, gRPC with it
 * - `tcp`: anything, untouched (application TLS too)
 * - `auto`: nobody said; told apart connection by connection
 */
export type Protocol = "http" | "http2" | "tcp" | "auto";

const byName: Readonly<Record<string, Protocol | "udp">> = {
  http: "http",
  http2: "http2",
  grpc: "http2",
  "grpc-web": "http",
  "kubernetes.io/h2c": "http2",
  "kubernetes.io/ws": "http",
  "kubernetes.io/wss": "tcp",
  https: "tcp",
  tls: "tcp",
  tcp: "tcp",
  mongo: "tcp",
  mysql: "tcp",
  redis: "tcp",
  udp: "udp",
};

/** Ports whose servers speak first, so that waiting for the client's first bytes would stall them. */
const serverFirstPorts: ReadonlySet<number> = new Set([21, 22, 25, 110, 143, 465, 587, 993, 995, 3306, 27017]);

/**
 * What a port of a service carries, by its `appProtocol`, else by the first word of its name, else `auto`.
 *
 * `undefined` for a port that the mesh leaves alone (UDP, SCTP).
 *
 * @reads v1 Service spec.ports[].appProtocol
 * @reads v1 Service spec.ports[].name
 */
export function protocolOf(port: {
  readonly name: string | undefined;
  readonly port: number;
  readonly appProtocol: string | undefined;
  readonly transport: string | undefined;
}): Protocol | undefined {
  if (port.transport !== undefined && port.transport !== "TCP") return undefined;
  const said =
    byName[port.appProtocol?.toLowerCase() ?? ""] ?? byName[firstWords(port.name)] ?? byName[firstWord(port.name)];
  if (said === "udp") return undefined;
  if (said !== undefined) return said;
  return serverFirstPorts.has(port.port) ? "tcp" : "auto";
}

function firstWord(name: string | undefined): string {
  return name?.toLowerCase().split("-", 1)[0] ?? "";
}

/** `grpc-web-v2` starts with a protocol that has a dash itself. */
function firstWords(name: string | undefined): string {
  return name?.toLowerCase().startsWith("grpc-web") ? "grpc-web" : "";
}

export function isHttp(protocol: Protocol): boolean {
  return protocol === "http" || protocol === "http2";
}
