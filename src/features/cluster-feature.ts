import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TrafficPolicy } from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { ClusterSchema } from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { TcpProxySchema } from "#envoy/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import type { HttpProtocolOptionsSchema } from "#envoy/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import type { Finding } from "#findings/finding.ts";

export type ClusterInit = Exclude<MessageInitShape<typeof ClusterSchema>, { $typeName: string }>;
export type HttpProtocolOptionsInit = Exclude<
  MessageInitShape<typeof HttpProtocolOptionsSchema>,
  { $typeName: string }
>;
export type TcpProxyInit = Exclude<MessageInitShape<typeof TcpProxySchema>, { $typeName: string }>;

/** What one feature writes into an Envoy cluster; the parts of all features are merged. */
export interface ClusterPart {
  readonly cluster?: Partial<ClusterInit>;
  /** Fields of `envoy.extensions.upstreams.http.v3.HttpProtocolOptions`; left out for clusters that carry no HTTP. */
  readonly http?: Partial<HttpProtocolOptionsInit>;
}

/** The cluster that a policy is for, as far as its features care. */
export interface ClusterTarget {
  /** The host of the service. */
  readonly host: string;
  /** `h1`: requests keep the caller's protocol; `h2`: always HTTP/2; `tcp`: no HTTP. */
  readonly carries: "h1" | "h2" | "tcp";
  /** Whether it picks among endpoints; a cluster that goes where the caller was going has none to pick from. */
  readonly balances: boolean;
  /** How a sidecar there is addressed in mTLS: the server name, and what is offered by ALPN. */
  readonly sni: string;
  readonly alpn: readonly string[];
  /** SPIFFE ids of the service's workloads. */
  readonly identities: readonly string[];
  readonly trustDomain: string;
  /** Names that the servers of a service from outside should prove. */
  readonly subjectAltNames: readonly string[];
}

/**
 * A feature of an upstream cluster, written as part of a DestinationRule's traffic policy (already merged from the
 * rule, its subset and its port-level settings).
 */
export interface ClusterFeature<Policy> {
  fromTrafficPolicy(policy: TrafficPolicy): Policy | undefined;
  toEnvoy(policy: Policy, target: ClusterTarget): ClusterPart;
  /** What holds for connections that are passed on untouched, which the TCP proxy in front of the cluster minds. */
  toTcpProxy?(policy: Policy): Partial<TcpProxyInit>;
  check?(policy: TrafficPolicy, at: FieldPath): Iterable<Finding>;
}
