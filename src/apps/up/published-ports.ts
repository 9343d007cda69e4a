import type { MeshFile, PortEntry } from "#apps/up/mesh-file/mesh-file.ts";

/** A port of a service that the host can reach. */
export interface PublishedPort {
  readonly service: string;
  readonly port: PortEntry;
  /** Name of the unix socket in `run/` that leads to it. */
  readonly socket: string;
}

/** The published ports of a mesh in the order of the file; the first one is what people call its gateway. */
export function publishedPorts(mesh: MeshFile): readonly PublishedPort[] {
  const all = mesh.services.flatMap((service) => service.publish.map((port) => ({ service: service.name, port })));
  return all.map((one, nth) => ({ ...one, socket: nth === 0 ? "gateway.sock" : `published-${nth}.sock` }));
}

/** `https` where what is published first speaks TLS by itself. */
export function schemeOf(published: readonly PublishedPort[]): "http" | "https" {
  const protocol = published[0]?.port.protocol ?? "";
  return protocol === "https" || protocol === "tls" ? "https" : "http";
}
