import {
  type ClientTLSSettings,
  ClientTLSSettings_TLSmode as Mode,
  type TrafficPolicy,
} from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { ClientTls, ServerProof } from "#features/client-tls/policy.ts";

/** @reads networking.istio.io/v1 DestinationRule spec.trafficPolicy.tls */
export function fromTrafficPolicy({ tls }: TrafficPolicy): ClientTls | undefined {
  if (tls === undefined) return undefined;
  const sni = tls.sni || undefined;
  switch (tls.mode) {
    case Mode.DISABLE:
      return { is: "plaintext" };
    case Mode.ISTIO_MUTUAL:
      return { is: "mesh", sni, identities: tls.subjectAltNames };
    case Mode.SIMPLE:
      return { is: "server", sni, server: proofOf(tls), own: undefined };
    case Mode.MUTUAL: {
      const { clientCertificate: certificate, privateKey: key } = tls;
      const own = certificate === "" || key === "" ? undefined : { certificate, key };
      return { is: "server", sni, server: proofOf(tls), own };
    }
  }
}

function proofOf({ insecureSkipVerify, caCertificates, caCrl, subjectAltNames }: ClientTLSSettings): ServerProof {
  if (insecureSkipVerify) return { is: "none" };
  return {
    is: "certificate",
    roots: caCertificates === "" || caCertificates === "system" ? undefined : caCertificates,
    revoked: caCrl || undefined,
    names: subjectAltNames,
  };
}
