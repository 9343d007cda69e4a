import { isIP } from "node:net";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { any } from "#envoy/any.ts";
import {
  SubjectAltNameMatcher_SanType as SanType,
  type SubjectAltNameMatcherSchema,
  TlsParameters_TlsProtocol as TlsProtocol,
} from "#envoy/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import {
  type CommonTlsContextSchema,
  UpstreamTlsContextSchema,
} from "#envoy/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { meshTlsUpstream, plaintext, type TransportSocketInit } from "#envoy/tls.ts";
import type { ClientTls, MeshTls, ServerTls } from "#features/client-tls/policy.ts";
import type { ClusterPart, ClusterTarget, HttpProtocolOptionsInit } from "#features/cluster-feature.ts";

type CommonTlsInit = Exclude<MessageInitShape<typeof CommonTlsContextSchema>, { $typeName: string }>;

/** Where Linux distributions keep the roots that they trust, in one file. */
const systemRoots = "/etc/ssl/certs/ca-certificates.crt";

/**
 * One socket for all endpoints takes the place of the choice by what each of them takes.
 *
 * @writes envoy.config.cluster.v3.Cluster.transport_socket
 * @writes envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
 * @writes envoy.config.core.v3.UpstreamHttpProtocolOptions
 */
export function toEnvoy(tls: ClientTls, target: ClusterTarget): ClusterPart {
  switch (tls.is) {
    case "plaintext":
      return { cluster: forAll(plaintext) };
    case "mesh":
      return { cluster: forAll(meshSocket(tls, target)) };
    case "server": {
      const upstreamHttpProtocolOptions = byRequest(tls, namesOf(tls, target));
      return { cluster: forAll(serverSocket(tls, target)), http: { upstreamHttpProtocolOptions } };
    }
  }
}

function forAll(transportSocket: TransportSocketInit): ClusterPart["cluster"] {
  return { transportSocketMatches: [], transportSocket };
}

function meshSocket({ sni, identities }: MeshTls, target: ClusterTarget): TransportSocketInit {
  const expected = identities.length > 0 ? identities : target.identities;
  return meshTlsUpstream({
    sni: sni ?? target.sni,
    alpn: target.alpn,
    identities: expected,
    trustDomain: target.trustDomain,
  });
}

function serverSocket(tls: ServerTls, target: ClusterTarget): TransportSocketInit {
  const { own } = tls;
  const commonTlsContext: CommonTlsInit = {
    tlsParams: { tlsMinimumProtocolVersion: TlsProtocol.TLSv1_2, tlsMaximumProtocolVersion: TlsProtocol.TLSv1_3 },
    // No ALPN of ours: Envoy offers the HTTP version that it is about to speak.
    tlsCertificates: own && [{ certificateChain: file(own.certificate), privateKey: file(own.key) }],
    validationContextType: { case: "validationContext", value: validation(tls, target) },
  };
  const sni = tls.sni ?? calledWithoutHttp(target) ?? "";
  return {
    name: "envoy.transport_sockets.tls",
    configType: { case: "typedConfig", value: any(UpstreamTlsContextSchema, { sni, commonTlsContext }) },
  };
}

/** The host that a connection is for, where no request will say so. */
function calledWithoutHttp({ carries, host }: ClusterTarget): string | undefined {
  return carries === "tcp" && !host.startsWith("*") && isIP(host) === 0 ? host : undefined;
}

function validation(tls: ServerTls, target: ClusterTarget) {
  const { server } = tls;
  if (server.is === "none") return {};
  const names = namesOf(tls, target);
  const called = tls.sni === undefined ? calledWithoutHttp(target) : undefined;
  const expected = names.length > 0 || called === undefined ? names : [called];
  return {
    trustedCa: file(server.roots ?? systemRoots),
    crl: server.revoked === undefined ? undefined : file(server.revoked),
    matchTypedSubjectAltNames: expected.map(nameMatcher),
  };
}

/** Names that somebody wrote: in the policy, or else of the service. */
function namesOf({ server }: ServerTls, target: ClusterTarget): readonly string[] {
  if (server.is === "none") return [];
  return server.names.length > 0 ? server.names : target.subjectAltNames;
}

function nameMatcher(name: string): MessageInitShape<typeof SubjectAltNameMatcherSchema> {
  const sanType = name.includes("://") ? SanType.URI : isIP(name) !== 0 ? SanType.IP_ADDRESS : SanType.DNS;
  return { sanType, matcher: { matchPattern: { case: "exact", value: name } } };
}

/** Where nobody wrote a name, the host of the request is the one to call and to be proven. */
function byRequest(
  { sni, server }: ServerTls,
  names: readonly string[],
): HttpProtocolOptionsInit["upstreamHttpProtocolOptions"] {
  if (sni !== undefined) return undefined;
  return { autoSni: true, autoSanValidation: server.is === "certificate" && names.length === 0 };
}

function file(filename: string) {
  return { specifier: { case: "filename" as const, value: filename } };
}
