import type { MessageInitShape } from "@bufbuild/protobuf";
import { seconds } from "#base/duration.ts";
import { socketAddress, socketMark } from "#envoy/address.ts";
import { duration } from "#envoy/duration.ts";
import { encodeResource } from "#envoy/encode.ts";
import {
  ClusterSchema,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_LbPolicy as LbPolicy,
} from "#envoy/gen/envoy/config/cluster/v3/cluster_pb.js";
import { TrafficDirection as Direction } from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import type {
  FilterChainSchema,
  ListenerFilterChainMatchPredicateSchema,
} from "#envoy/gen/envoy/config/listener/v3/listener_components_pb.js";
import { ListenerSchema } from "#envoy/gen/envoy/config/listener/v3/listener_pb.js";
import { HttpConnectionManager_ForwardClientCertDetails as ClientCert } from "#envoy/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { upstreamHttp } from "#envoy/http-protocol.ts";
import {
  blackHoleCluster,
  type ClusterName,
  inboundClusterName,
  inboundPassthroughCluster,
  inboundVirtualHostName,
  listenerName,
  virtualInbound,
} from "#envoy/names.ts";
import { routeConfigurationName } from "#envoy/route-names.ts";
import { meshAlpn, meshTlsDownstream } from "#envoy/tls.ts";
import { type MtlsMode, modeAt, type WorkloadMtls } from "#features/peer-authentication/modes.ts";
import { inboundMark } from "#host/capture.ts";
import { applicationAddress, frontAddress } from "#host/explicit-capture.ts";
import type { MeshSettings } from "#model/mesh-settings.ts";
import type { Protocol } from "#model/protocol.ts";
import {
  type FilterInit,
  httpConnectionManager,
  httpInspector,
  originalDst,
  tcpProxy,
  tlsInspector,
} from "#translate/proxy/filters.ts";
import { detectionTimeout, type ListenerInit } from "#translate/proxy/outbound-listeners.ts";
import type { EncodedResource } from "#xds/resource.ts";

type FilterChainInit = Exclude<MessageInitShape<typeof FilterChainSchema>, { $typeName: string }>;
type ClusterInit = Exclude<MessageInitShape<typeof ClusterSchema>, { $typeName: string }>;
type Match = FilterChainInit["filterChainMatch"];
type ListenerFilterPredicate = Exclude<
  MessageInitShape<typeof ListenerFilterChainMatchPredicateSchema>,
  { $typeName: string }
>;

/** A port on which a workload is called. */
export interface InboundPort {
  readonly port: number;
  readonly protocol: Protocol;
}

/**
 * The way in to a workload: its ports, by what they carry and whether they take mTLS, and everything else as it is.
 *
 * @writes envoy.config.listener.v3.Listener
 */
export function virtualInboundListener(
  ports: readonly InboundPort[],
  mtls: WorkloadMtls,
  settings: MeshSettings,
): EncodedResource {
  const init: ListenerInit = {
    name: virtualInbound,
    address: socketAddress("0.0.0.0", 15006),
    trafficDirection: Direction.INBOUND,
    // Callers keep few connections, which else may all land on one worker.
    connectionBalanceConfig: { balanceType: { case: "exactBalance", value: {} } },
    listenerFilters: [originalDst, tlsInspector, { ...httpInspector, filterDisabled: unlessDetected(ports) }],
    listenerFiltersTimeout: duration(detectionTimeout),
    continueOnListenerFiltersTimeout: true,
    filterChains: [
      {
        name: "virtualInbound-blackhole",
        filterChainMatch: { destinationPort: 15006 },
        filters: [tcpProxy("inbound", blackHoleCluster, settings)],
      },
      ...ports.flatMap((port) => chainsOf(port, modeAt(mtls, port.port), settings)),
      ...Object.keys(mtls.ports)
        .map(Number)
        .filter((number) => !ports.some(({ port }) => port === number))
        .flatMap((number) => unnamedPort(number, modeAt(mtls, number), settings)),
      ...unnamedPort(undefined, mtls.mode, settings),
    ],
  };
  return encodeResource(ListenerSchema, init, virtualInbound);
}

/**
 * The way in to a workload for which nothing is captured: a listener for each of its ports, on its front address.
 *
 * @writes envoy.config.listener.v3.Listener
 */
export function explicitInboundListener(
  at: InboundPort,
  mtls: WorkloadMtls,
  settings: MeshSettings,
  place: number,
): EncodedResource {
  const address = frontAddress(place);
  const name = listenerName({ address, port: at.port, transport: "tcp" });
  const init: ListenerInit = {
    name,
    address: socketAddress(address, at.port),
    trafficDirection: Direction.INBOUND,
    connectionBalanceConfig: { balanceType: { case: "exactBalance", value: {} } },
    listenerFilters: [tlsInspector, ...(at.protocol === "auto" ? [httpInspector] : [])],
    listenerFiltersTimeout: duration(detectionTimeout),
    continueOnListenerFiltersTimeout: true,
    filterChains: chainsOf(at, modeAt(mtls, at.port), settings),
  };
  return encodeResource(ListenerSchema, init, name);
}

/** The HTTP inspector looks only at ports of which nobody said what they carry. */
function unlessDetected(ports: readonly InboundPort[]): ListenerFilterPredicate {
  const detected = ports.filter(({ protocol }) => protocol === "auto").map(({ port }) => atPort(port));
  const [first] = detected;
  if (first === undefined) return { rule: { case: "anyMatch", value: true } };
  const any: ListenerFilterPredicate =
    detected.length === 1 ? first : { rule: { case: "orMatch", value: { rules: detected } } };
  return { rule: { case: "notMatch", value: any } };
}

function atPort(port: number): ListenerFilterPredicate {
  return { rule: { case: "destinationPortRange", value: { start: port, end: port + 1 } } };
}

function chainsOf({ port, protocol }: InboundPort, mode: MtlsMode, settings: MeshSettings): FilterChainInit[] {
  const tls = meshTlsDownstream(settings.trustDomain);
  const http = (peer: "mesh" | "anyone") => [inboundHttp(port, peer, settings)];
  const tcp = [tcpProxy("inbound", inboundClusterName(port), settings)];
  const chain = (kind: string, match: Match, filters: FilterInit[], secure: boolean): FilterChainInit => ({
    name: `${port}-${kind}`,
    filterChainMatch: { destinationPort: port, ...match },
    filters,
    transportSocket: secure ? tls : undefined,
  });

  const secure = (kind: string, alpn: readonly string[] | undefined, filters: FilterInit[]) =>
    chain(kind, { transportProtocol: "tls", applicationProtocols: [...(alpn ?? [])] }, filters, true);
  // Where plaintext is let in too, TLS that no sidecar offered is the application's own and passes untouched.
  const meshOnly = mode === "STRICT";
  const { http: httpAlpn, tcp: tcpAlpn } = meshAlpn;
  const secureChains =
    protocol === "auto"
      ? [secure("mtls-http", httpAlpn, http("mesh")), secure("mtls-tcp", meshOnly ? undefined : tcpAlpn, tcp)]
      : protocol === "tcp"
        ? [secure("mtls", meshOnly ? undefined : tcpAlpn, tcp)]
        : [secure("mtls", meshOnly ? undefined : httpAlpn, http("mesh"))];
  const plainChains =
    protocol === "auto"
      ? [
          chain(
            "http",
            { transportProtocol: "raw_buffer", applicationProtocols: ["http/1.1", "h2c"] },
            http("anyone"),
            false,
          ),
          chain("tcp", {}, tcp, false),
        ]
      : [chain("plaintext", {}, protocol === "tcp" ? tcp : http("anyone"), false)];
  return [...(mode === "DISABLE" ? [] : secureChains), ...(mode === "STRICT" ? [] : plainChains)];
}

/**
 * A port that no service names: passed on as it is.
 *
 * @param port  `undefined` for all of which nothing else is said
 */
function unnamedPort(port: number | undefined, mode: MtlsMode, settings: MeshSettings): FilterChainInit[] {
  const filters = [tcpProxy("inbound", inboundPassthroughCluster, settings)];
  const prefix = port === undefined ? "virtualInbound" : String(port);
  const secure: FilterChainInit = {
    name: `${prefix}-mtls`,
    filterChainMatch: {
      destinationPort: port,
      transportProtocol: "tls",
      applicationProtocols: mode === "STRICT" ? [] : [...meshAlpn.http, ...meshAlpn.tcp],
    },
    filters,
    transportSocket: meshTlsDownstream(settings.trustDomain),
  };
  const plain: FilterChainInit = {
    name: `${prefix}-catchall-tcp`,
    filterChainMatch: { destinationPort: port },
    filters,
  };
  return [...(mode === "DISABLE" ? [] : [secure]), ...(mode === "STRICT" ? [] : [plain])];
}

/** @param peer  `mesh`: its certificate says who calls; `anyone`: nothing that a caller claims of itself is passed on */
function inboundHttp(port: number, peer: "mesh" | "anyone", settings: MeshSettings): FilterInit {
  const name = routeConfigurationName({ of: "inbound", port });
  const noTimeout = duration(seconds(0));
  const routes = {
    inline: {
      name,
      validateClusters: false,
      virtualHosts: [
        {
          name: inboundVirtualHostName(port),
          domains: ["*"],
          routes: [
            {
              name: "default",
              match: { pathSpecifier: { case: "prefix" as const, value: "/" } },
              action: {
                case: "route" as const,
                value: {
                  clusterSpecifier: { case: "cluster" as const, value: inboundClusterName(port) },
                  timeout: noTimeout,
                  maxStreamDuration: { maxStreamDuration: noTimeout, grpcTimeoutHeaderMax: noTimeout },
                  // The application closed an idle connection just then: it has seen nothing of the request.
                  retryPolicy: { retryOn: "reset-before-request", numRetries: 2 },
                },
              },
            },
          ],
        },
      ],
    },
  };
  return httpConnectionManager("inbound", `inbound_0.0.0.0_${port}`, routes, settings, {
    forwardClientCertDetails: peer === "mesh" ? ClientCert.SANITIZE_SET : ClientCert.SANITIZE,
    setCurrentClientCertDetails: peer === "mesh" ? { uri: true, subject: true } : undefined,
  });
}

/** What a port of the workload itself is reached by: the address that was called, so that any application hears it. */
export function inboundCluster({ port, protocol }: InboundPort): EncodedResource {
  return toApplication(inboundClusterName(port), protocol);
}

export function passthroughToApplication(): EncodedResource {
  return toApplication(inboundPassthroughCluster, "tcp");
}

/** Where nothing is captured, an application listens on an address of its own. */
export function explicitInboundCluster({ port, protocol }: InboundPort, place: number): EncodedResource {
  const name = inboundClusterName(port);
  const address = socketAddress(applicationAddress(place), port);
  return toApplication(name, protocol, {
    clusterDiscoveryType: { case: "type", value: DiscoveryType.STATIC },
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: "endpoint", value: { address } } }] }],
    },
  });
}

/** To wherever the connection was going when it was captured. */
const whereItWasGoing: Partial<ClusterInit> = {
  clusterDiscoveryType: { case: "type", value: DiscoveryType.ORIGINAL_DST },
  lbPolicy: LbPolicy.CLUSTER_PROVIDED,
  upstreamBindConfig: { socketOptions: [socketMark(inboundMark)] },
};

function toApplication(name: ClusterName, protocol: Protocol, where = whereItWasGoing): EncodedResource {
  return encodeResource(
    ClusterSchema,
    {
      name,
      ...where,
      connectTimeout: duration(seconds(10)),
      typedExtensionProtocolOptions: protocol === "tcp" ? {} : upstreamHttp(protocol === "http2" ? "h2" : "h1"),
    },
    name,
  );
}
