import type { ActedKind } from "#api/objects.ts";

/** Kinds whose fields are looked at; Kubernetes writes most of those of a Service itself. */
export type LookedAtKind = Exclude<ActedKind, "Service">;

/** Fields of a kind's spec, each with what is so because stod does not act on it, as a clause. */
type Fields = Readonly<Record<string, string>>;

/** Wherever a DestinationRule may have a traffic policy. */
function inPolicies(fields: Fields, ofPortsToo: Fields): Fields {
  const entries = ["trafficPolicy", "subsets[].trafficPolicy"].flatMap((at) => [
    ...under(at, fields),
    ...under(at, ofPortsToo),
    ...under(`${at}.portLevelSettings[]`, ofPortsToo),
  ]);
  return Object.fromEntries(entries);
}

function under(at: string, fields: Fields): [path: string, so: string][] {
  return Object.entries(fields).map(([field, so]) => [`${at}.${field}`, so]);
}

const seenEverywhere = "the object holds in all namespaces";
const ownTls = "the gateway serves no TLS";

/**
 * What users may write and stod does not do yet. Whatever is not here and not named by a `@reads` tag is a mistake of
 * ours, which a test finds.
 */
export const notActedOn: Readonly<Record<LookedAtKind, Fields>> = {
  VirtualService: {
    tls: "TLS is passed on to where it was going",
    tcp: "TCP is passed on to where it was going",
    exportTo: seenEverywhere,
    "http[].delegate": "the route is left out",
    "http[].match[].statPrefix": "the route is counted with the others",
    "http[].fault.delay.exponentialDelay": "nothing is delayed",
    "http[].fault.abort.http2Error": "nothing is aborted",
  },
  DestinationRule: {
    exportTo: seenEverywhere,
    workloadSelector: "the rule holds for all callers",
    ...inPolicies(
      {
        tunnel: "connections go to their destination without a tunnel",
        proxyProtocol: "the server is not told the caller's address",
      },
      {
        "loadBalancer.localityLbSetting": "all localities get traffic by their weights",
        "outlierDetection.consecutiveErrors": "errors are counted by consecutive5xxErrors and consecutiveGatewayErrors",
        "tls.credentialName":
          "servers are checked against the roots that the proxy's machine trusts, and are shown no certificate",
      },
    ),
  },
  Gateway: {
    "servers[].defaultEndpoint": "requests go where VirtualServices say",
    "servers[].port.targetPort": "the gateway listens on the port's number",
    "servers[].tls.mode": ownTls,
    "servers[].tls.serverCertificate": ownTls,
    "servers[].tls.privateKey": ownTls,
    "servers[].tls.caCertificates": ownTls,
    "servers[].tls.caCrl": ownTls,
    "servers[].tls.credentialName": ownTls,
    "servers[].tls.credentialNames": ownTls,
    "servers[].tls.caCertCredentialName": ownTls,
    "servers[].tls.tlsCertificates": ownTls,
    "servers[].tls.subjectAltNames": ownTls,
    "servers[].tls.verifyCertificateHash": ownTls,
    "servers[].tls.verifyCertificateSpki": ownTls,
    "servers[].tls.minProtocolVersion": ownTls,
    "servers[].tls.maxProtocolVersion": ownTls,
    "servers[].tls.cipherSuites": ownTls,
  },
  ServiceEntry: {
    exportTo: seenEverywhere,
    "endpoints[].network": "the endpoint is called directly",
    "endpoints[].serviceAccount": "the endpoint is called without mTLS",
  },
  WorkloadEntry: {
    network: "the workload is called directly",
  },
  PeerAuthentication: {},
};

/** Names that users give things for themselves, and that change nothing. */
export const namesOnly: Readonly<Record<LookedAtKind, readonly string[]>> = {
  VirtualService: [],
  DestinationRule: [],
  Gateway: ["servers[].name", "servers[].port.name"],
  ServiceEntry: [],
  WorkloadEntry: [],
  PeerAuthentication: [],
};
