/**
 * What a port carries, as far as routing cares.
 *
 * - `http`: HTTP/1.1 (HTTP/2 passes as such)
 * - `http2`: HTTP/2 without TLS, gRPC with it
 * - `tcp`: anything, untouched (application TLS too)
 * - `auto`: nobody said; told apart connection by connection
 */
export type Protocol = "http" | "http2" | "tcp" | "auto";

const byName: ReadonlyMap<string, Protocol | "udp"> = new Map([
  ["http", "http"],
  ["http2", "http2"],
  ["grpc", "http2"],
  ["grpc-web", "http"],
  ["https", "tcp"],
  ["tls", "tcp"],
  ["tcp", "tcp"],
  ["mongo", "tcp"],
  ["mysql", "tcp"],
  ["redis", "tcp"],
  ["udp", "udp"],
]);

/** Kubernetes' own names for `appProtocol`. */
const standardNames: ReadonlyMap<string, Protocol> = new Map([
  ["kubernetes.io/h2c", "http2"],
  ["kubernetes.io/ws", "http"],
  ["kubernetes.io/wss", "tcp"],
]);

/** Ports whose servers speak first, so that waiting for the client's first bytes would stall them. */
const serverFirstPorts: ReadonlySet<number> = new Set([21, 22, 25, 110, 143, 465, 587, 993, 995, 3306, 27017]);

/**
 * What a port of a service carries: its `appProtocol` says so, or where it has none the first word of its name; else
 * `auto`.
 *
 * `undefined` for a port that the mesh leaves alone (UDP, SCTP).
 *
 * @reads v1 Service spec.ports[].appProtocol
 * @reads v1 Service spec.ports[].name
 */
export function protocolOf(port: {
  readonly name: string;
  readonly port: number;
  readonly appProtocol: string | undefined;
  readonly transport: string | undefined;
}): Protocol | undefined {
  if (port.transport !== undefined && port.transport !== "TCP") return undefined;
  const said = (port.appProtocol ?? port.name).toLowerCase();
  const protocol = standardNames.get(said) ?? byName.get(firstWord(said));
  if (protocol === "udp") return undefined;
  if (protocol !== undefined) return protocol;
  return serverFirstPorts.has(port.port) ? "tcp" : "auto";
}

/** `grpc-web-v2` starts with a protocol that has a dash itself. */
function firstWord(name: string): string {
  return name.startsWith("grpc-web") ? "grpc-web" : (name.split("-", 1)[0] ?? "");
}

export function isHttp(protocol: Protocol): boolean {
  return protocol === "http" || protocol === "http2";
}
