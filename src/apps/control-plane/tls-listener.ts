import { generateKeyPairSync } from "node:crypto";
import { seconds } from "#base/duration.ts";
import type { GrpcServer, ServerTls } from "#grpc/server.ts";
import type { Authority } from "#identity/authority.ts";
import { spiffeId } from "#identity/spiffe-id.ts";

const life = seconds(24 * 60 * 60);

/** Where proxies are served over TLS, until it is stopped. */
export interface TlsListener {
  readonly port: number | undefined;
  stop(): void;
}

/**
 * Serves proxies of other machines over TLS, with a certificate of the mesh's own authority that is replaced at half of
 * its life. Clients have to show a certificate of the same authority.
 */
export async function listenTls(
  grpc: GrpcServer,
  authority: Authority,
  at: { readonly host: string; readonly port: number; readonly dnsNames: readonly string[] },
): Promise<TlsListener> {
  const tls: ServerTls = { ...ownCertificate(authority, at.dnsNames), clientCertificate: "required" };
  const listening = await grpc.listen({ host: at.host, port: at.port, tls });
  const renewal = setInterval(() => listening.renew(ownCertificate(authority, at.dnsNames)), life.ms / 2).unref();
  return { port: listening.port, stop: () => clearInterval(renewal) };
}

function ownCertificate(authority: Authority, dnsNames: readonly string[]): Omit<ServerTls, "clientCertificate"> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { trustDomain } = authority;
  const { chain } = authority.sign({
    for: { publicKey },
    spiffeId: spiffeId({ trustDomain, namespace: "stod-system", serviceAccount: "control-plane" }),
    dnsNames,
    subject: { workload: "control-plane", app: undefined, version: undefined },
    ttl: life,
  });
  return {
    certificate: chain,
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    clientRoots: authority.rootBundle,
  };
}
