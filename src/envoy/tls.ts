import type { MessageInitShape } from "@bufbuild/protobuf";
import { seconds } from "#base/duration.ts";
import { any } from "#envoy/any.ts";
import { duration } from "#envoy/duration.ts";
import type { TransportSocketSchema } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import { ApiConfigSource_ApiType as ApiType, ApiVersion } from "#envoy/gen/envoy/config/core/v3/config_source_pb.js";
import { RawBufferSchema } from "#envoy/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.js";
import {
  SubjectAltNameMatcher_SanType as SanType,
  type SubjectAltNameMatcherSchema,
  TlsParameters_TlsProtocol as TlsProtocol,
} from "#envoy/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import type { SdsSecretConfigSchema } from "#envoy/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import {
  type CommonTlsContextSchema,
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from "#envoy/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ownSecret, rootsSecret, sdsCluster } from "#envoy/names.ts";

export type TransportSocketInit = Exclude<MessageInitShape<typeof TransportSocketSchema>, { $typeName: string }>;
type CommonTlsInit = Exclude<MessageInitShape<typeof CommonTlsContextSchema>, { $typeName: string }>;
type SanMatcherInit = MessageInitShape<typeof SubjectAltNameMatcherSchema>;

/**
 * What sidecars offer each other by ALPN, so that the one who is called knows before the first byte of the application
 * what it will be. The names are Istio's.
 */
export const meshAlpn = {
  http: ["istio-http/1.0", "istio-http/1.1", "istio-h2"],
  tcp: ["istio-peer-exchange", "istio"],
  offerHttp: ["istio-http/1.1"],
  offerHttp2: ["istio-h2"],
  offerTcp: ["istio"],
} as const;

export const plaintext: TransportSocketInit = {
  name: "envoy.transport_sockets.raw_buffer",
  configType: { case: "typedConfig", value: any(RawBufferSchema, {}) },
};

/**
 * mTLS towards a workload of the mesh.
 *
 * @param identities  the SPIFFE ids that may answer; empty for any of the trust domain
 */
export function meshTlsUpstream(to: {
  readonly sni: string;
  readonly alpn: readonly string[];
  readonly identities: readonly string[];
  readonly trustDomain: string;
}): TransportSocketInit {
  const expected: SanMatcherInit[] =
    to.identities.length > 0 ? to.identities.map((id) => uriSan("exact", id)) : [ofTrustDomain(to.trustDomain)];
  return {
    name: "envoy.transport_sockets.tls",
    configType: {
      case: "typedConfig",
      value: any(UpstreamTlsContextSchema, { sni: to.sni, commonTlsContext: meshTls(to.alpn, expected) }),
    },
  };
}

/** mTLS from any workload of the mesh. */
export function meshTlsDownstream(trustDomain: string): TransportSocketInit {
  return {
    name: "envoy.transport_sockets.tls",
    configType: {
      case: "typedConfig",
      value: any(DownstreamTlsContextSchema, {
        requireClientCertificate: true,
        commonTlsContext: meshTls([], [ofTrustDomain(trustDomain)]),
      }),
    },
  };
}

function meshTls(alpn: readonly string[], expected: SanMatcherInit[]): CommonTlsInit {
  return {
    tlsParams: { tlsMinimumProtocolVersion: TlsProtocol.TLSv1_3, tlsMaximumProtocolVersion: TlsProtocol.TLSv1_3 },
    alpnProtocols: [...alpn],
    tlsCertificateSdsSecretConfigs: [secretFromAgent(ownSecret)],
    validationContextType: {
      case: "combinedValidationContext",
      value: {
        defaultValidationContext: { matchTypedSubjectAltNames: expected },
        validationContextSdsSecretConfig: secretFromAgent(rootsSecret),
      },
    },
  };
}

/** A secret that the agent hands out, over SDS on the proxy's own socket. */
export function secretFromAgent(
  name: string,
): Exclude<MessageInitShape<typeof SdsSecretConfigSchema>, { $typeName: string }> {
  return {
    name,
    sdsConfig: {
      resourceApiVersion: ApiVersion.V3,
      initialFetchTimeout: duration(seconds(0)),
      configSourceSpecifier: {
        case: "apiConfigSource",
        value: {
          apiType: ApiType.DELTA_GRPC,
          transportApiVersion: ApiVersion.V3,
          setNodeOnFirstMessageOnly: true,
          grpcServices: [{ targetSpecifier: { case: "envoyGrpc", value: { clusterName: sdsCluster } } }],
        },
      },
    },
  };
}

function ofTrustDomain(trustDomain: string): SanMatcherInit {
  return uriSan("prefix", `spiffe://${trustDomain}/`);
}

function uriSan(how: "exact" | "prefix", value: string): SanMatcherInit {
  return { sanType: SanType.URI, matcher: { matchPattern: { case: how, value } } };
}
