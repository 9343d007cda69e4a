import type { Gateway } from "#api/gen/istio/networking/v1alpha3/gateway_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const protocolNotServed = finding({
  code: "STOD0116",
  severity: "warning",
  example: { protocol: "HTTPS", port: 443 },
  says: (at: { protocol: string; port: number }) =>
    `stod's gateways serve only HTTP yet, so nothing listens on port ${at.port} for ${at.protocol}`,
  help: "Write protocol: HTTP, HTTP2 or GRPC for what comes in without TLS; leave the rest to a later version.",
});

/** What a gateway serves. */
export const servedProtocols: ReadonlySet<string> = new Set(["HTTP", "HTTP2", "GRPC", "GRPC-WEB"]);

/** @param at  the Gateway's `spec` */
export function* checkGateway({ servers }: Gateway, at: FieldPath): Iterable<Finding> {
  for (const [nth, { port }] of servers.entries()) {
    if (port === undefined || servedProtocols.has(port.protocol.toUpperCase())) continue;
    const { protocol, number } = port;
    const here = at.field("servers").index(nth).field("port").field("protocol");
    yield protocolNotServed({ at: here, protocol, port: number });
  }
}
