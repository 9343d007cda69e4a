import type { TrafficPolicy } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import { seconds } from "#base/duration.ts";
import { fromAds } from "#envoy/ads.ts";
import { duration } from "#envoy/duration.ts";
import { encodeResource } from "#envoy/encode.ts";
import {
  ClusterSchema,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_DnsLookupFamily as DnsFamily,
  Cluster_LbPolicy as LbPolicy,
} from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { upstreamHttp } from "#envoy/http-protocol.ts";
import { type ClusterName, type ClusterRef, clusterName, sniOf } from "#envoy/names.ts";
import { meshAlpn, meshTlsUpstream, plaintext } from "#envoy/tls.ts";
import type { ClusterFeature, ClusterInit, ClusterTarget, HttpProtocolOptionsInit } from "#features/cluster-feature.ts";
import { clusterFeatures } from "#features/cluster-features.ts";
import { wideOpen } from "#features/connection-pool/to-envoy.ts";
import type { Protocol } from "#model/protocol.ts";
import type { MeshService, ServicePort } from "#model/service.ts";
import { type ClusterEndpoint, claOf } from "#translate/proxy/load-assignment.ts";
import type { EncodedResource } from "#xds/resource.ts";

/** What every outbound cluster of a service has, as far as it is not the traffic policy's. */
export interface ClusterContext {
  /** SPIFFE ids of the service's workloads. */
  readonly identities: readonly string[];
  readonly trustDomain: string;
  /** Whom it sends to; only where they are found by DNS, else they come by themselves. */
  readonly endpoints: readonly ClusterEndpoint[];
}

/**
 * The cluster by which a service's port is called, or a subset of its endpoints there.
 *
 * Endpoints whose sidecar takes mTLS get mTLS, the others plaintext, endpoint by endpoint, unless the policy says
 * otherwise.
 *
 * @writes envoy.config.cluster.v3.Cluster
 */
export function outboundCluster(
  service: MeshService,
  port: ServicePort,
  subset: string | undefined,
  policy: TrafficPolicy | undefined,
  context: ClusterContext,
): EncodedResource {
  const ref: ClusterRef = { direction: "outbound", port: port.port, subset, host: service.host };
  const name = clusterName(ref);
  const carries = carriedBy(port.protocol);
  const target: ClusterTarget = {
    host: service.host,
    carries,
    balances: service.resolution !== "none",
    sni: sniOf(ref),
    alpn: alpnOf(port.protocol),
    identities: context.identities,
    trustDomain: context.trustDomain,
    subjectAltNames: service.subjectAltNames,
  };
  const { cluster, http } = featureParts(policy, target);
  const init: ClusterInit = {
    name,
    connectTimeout: duration(seconds(10)),
    lbPolicy: LbPolicy.LEAST_REQUEST,
    circuitBreakers: wideOpen,
    ...discovery(service, name, context.endpoints),
    ...meshTransport(target),
    ...cluster,
    typedExtensionProtocolOptions: carries === "tcp" ? {} : upstreamHttp(carries, http),
  };
  return encodeResource(ClusterSchema, init, name);
}

function carriedBy(protocol: Protocol): ClusterTarget["carries"] {
  if (protocol === "http2") return "h2";
  return protocol === "tcp" ? "tcp" : "h1";
}

function discovery(
  service: MeshService,
  name: ClusterName,
  endpoints: readonly ClusterEndpoint[],
): Partial<ClusterInit> {
  switch (service.resolution) {
    case "mesh":
      return {
        clusterDiscoveryType: { case: "type", value: DiscoveryType.EDS },
        edsClusterConfig: { edsConfig: fromAds, serviceName: name },
      };
    case "dns":
      return {
        clusterDiscoveryType: { case: "type", value: DiscoveryType.STRICT_DNS },
        dnsLookupFamily: DnsFamily.ALL,
        respectDnsTtl: true,
        loadAssignment: claOf(name, endpoints),
      };
    case "none":
      return {
        clusterDiscoveryType: { case: "type", value: DiscoveryType.ORIGINAL_DST },
        lbPolicy: LbPolicy.CLUSTER_PROVIDED,
      };
  }
}

function alpnOf(protocol: Protocol): readonly string[] {
  if (protocol === "tcp") return meshAlpn.offerTcp;
  return protocol === "http2" ? meshAlpn.offerHttp2 : meshAlpn.offerHttp;
}

function meshTransport(target: ClusterTarget): Partial<ClusterInit> {
  return {
    transportSocketMatches: [
      { name: "tlsMode-istio", match: { tlsMode: "istio" }, transportSocket: meshTlsUpstream(target) },
      { name: "tlsMode-disabled", match: {}, transportSocket: plaintext },
    ],
  };
}

/** Merges what the features of the traffic policy write; of two that write one field the later counts. */
function featureParts(policy: TrafficPolicy | undefined, target: ClusterTarget) {
  let cluster: Partial<ClusterInit> = {};
  let http: Partial<HttpProtocolOptionsInit> = {};
  if (policy === undefined) return { cluster, http };
  for (const feature of Object.values(clusterFeatures) as ClusterFeature<unknown>[]) {
    const asked = feature.fromTrafficPolicy(policy);
    if (asked === undefined) continue;
    const part = feature.toEnvoy(asked, target);
    cluster = { ...cluster, ...part.cluster };
    http = { ...http, ...part.http };
  }
  return { cluster, http };
}
