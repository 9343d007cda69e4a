import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { IstioCertificateRequestSchema, IstioCertificateResponseSchema } from "#envoy/gen/security/v1alpha1/ca_pb.js";
import { Channel, type ClientTls, type ConnectTo } from "#grpc/client.ts";
import { type SpiffeId, spiffeId } from "#identity/spiffe-id.ts";
import { generateKeyAndCsr } from "#identity/svid.ts";
import { defaultMeshSettings } from "#model/mesh-settings.ts";

export function idOf(serviceAccount: string, namespace = "shop"): SpiffeId {
  return spiffeId({ trustDomain: defaultMeshSettings.trustDomain, namespace, serviceAccount });
}

/** Asks the certificate service. @throws GrpcError where it refuses */
export async function askCertificate(to: ConnectTo, csr: string, seconds = 3600): Promise<readonly string[]> {
  const channel = new Channel(to);
  try {
    const request = create(IstioCertificateRequestSchema, { csr, validityDuration: BigInt(seconds) });
    const answer = await channel.unary(
      "/istio.v1.auth.IstioCertificateService/CreateCertificate",
      toBinary(IstioCertificateRequestSchema, request),
    );
    return fromBinary(IstioCertificateResponseSchema, answer).certChain;
  } finally {
    channel.close();
  }
}

/** What a workload shows of itself in TLS, with a certificate that our own agent's socket gave for it. */
export async function tlsOf(state: string, id: SpiffeId): Promise<ClientTls> {
  const { privateKey, csr } = generateKeyAndCsr(id);
  const chain = await askCertificate({ unix: join(state, "run", "xds.sock") }, csr);
  return { ...withoutCertificate(state), certificate: chain.slice(0, -1).join(""), key: privateKey };
}

/** A client that trusts the mesh, and shows nothing of itself. */
export function withoutCertificate(state: string): ClientTls {
  return { roots: readFileSync(join(state, "ca", "root.crt"), "utf8"), checkServer: () => undefined };
}
