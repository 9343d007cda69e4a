import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Duration, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { IstioCertificateRequestSchema, IstioCertificateResponseSchema } from "#envoy/gen/security/v1alpha1/ca_pb.js";
import type { Methods } from "#grpc/methods.ts";
import type { Peer } from "#grpc/peer.ts";
import { GrpcError, status } from "#grpc/status.ts";
import type { Authority } from "#identity/authority.ts";
import { CsrFault, readCsr } from "#identity/csr.ts";
import type { SpiffeId } from "#identity/spiffe-id.ts";

const longestLife = seconds(24 * 60 * 60);
const shortestLife = seconds(60);

/**
 * Signs workloads' certificates, as Istio's certificate service does: the workload's first in the answer, the root
 * last. Over TLS a caller gets what its own certificate says it is, and nothing else; our own agent, on its socket,
 * gets what it asks for.
 */
export function certificateService(authority: Authority, log: Log): Methods {
  const handle = (message: Uint8Array, { peer }: { readonly peer: Peer }): Uint8Array => {
    const { csr, validityDuration, metadata } = fromBinary(IstioCertificateRequestSchema, message);
    const spiffeId = requestedId(csr);
    if (!mayHave(peer, spiffeId)) {
      log.warn("a certificate was refused", { asked: spiffeId, from: peer.uriSans.join(",") || peer.transport });
      throw new GrpcError(status.permissionDenied, "the caller may not have a certificate for this identity");
    }
    const { chain } = authority.sign({
      for: { csr },
      spiffeId,
      dnsNames: [],
      subject: { workload: said(metadata?.workload), app: said(metadata?.app), version: said(metadata?.version) },
      ttl: lifeOf(validityDuration),
    });
    const certChain = [...chain.split(/(?<=-----END CERTIFICATE-----\n)/).filter(Boolean), authority.rootBundle];
    return toBinary(IstioCertificateResponseSchema, create(IstioCertificateResponseSchema, { certChain }));
  };
  return new Map([["/istio.v1.auth.IstioCertificateService/CreateCertificate", { kind: "unary", handle }]]);
}

function requestedId(csr: string): SpiffeId {
  try {
    const { spiffeId } = readCsr(csr);
    if (spiffeId !== undefined) return spiffeId;
  } catch (fault) {
    if (fault instanceof CsrFault) throw new GrpcError(status.invalidArgument, fault.message);
    throw fault;
  }
  throw new GrpcError(status.invalidArgument, "the request names no SPIFFE id");
}

function mayHave(peer: Peer, id: SpiffeId): boolean {
  return peer.transport === "unix" || (peer.transport === "tls" && peer.uriSans.includes(id));
}

function lifeOf(asked: bigint): Duration {
  if (asked <= 0n) return longestLife;
  return seconds(Math.min(Math.max(Number(asked), shortestLife.ms / 1000), longestLife.ms / 1000));
}

function said(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
