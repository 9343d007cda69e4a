import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Duration, seconds } from "#base/duration.ts";
import type { Log } from "#base/log.ts";
import { IstioCertificateRequestSchema, IstioCertificateResponseSchema } from "#envoy/gen/security/v1alpha1/ca_pb.js";
import type { Methods } from "#grpc/methods.ts";
import type { Peer } from "#grpc/peer.ts";
import { GrpcError, status } from "#grpc/status.ts";
import type { Authority, SignRequest } from "#identity/authority.ts";
import { CsrFault, readCsr } from "#identity/csr.ts";
import { DerFault } from "#identity/der-reader.ts";
import { parseSpiffeId, type SpiffeId } from "#identity/spiffe-id.ts";

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
    if (!mayHave(peer, spiffeId) || parseSpiffeId(spiffeId)?.trustDomain !== authority.trustDomain) {
      log.warn("a certificate was refused", { asked: spiffeId, from: peer.uriSans.join(",") || peer.transport });
      throw new GrpcError(status.permissionDenied, "the caller may not have a certificate for this identity");
    }
    const chain = signed(authority, {
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
  const { spiffeId } = unlessFaulty(() => readCsr(csr));
  if (spiffeId === undefined) throw new GrpcError(status.invalidArgument, "the request names no SPIFFE id");
  return spiffeId;
}

function signed(authority: Authority, request: SignRequest): string {
  return unlessFaulty(() => authority.sign(request).chain);
}

/** What is wrong with a request is the requester's to know. */
function unlessFaulty<T>(run: () => T): T {
  try {
    return run();
  } catch (fault) {
    if (fault instanceof CsrFault || fault instanceof DerFault) {
      throw new GrpcError(status.invalidArgument, fault.message);
    }
    throw fault;
  }
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
