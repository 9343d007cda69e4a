import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StatsConfigSchema } from "#envoy/gen/envoy/config/metrics/v3/stats_pb.js";

/** Istio's standard metrics, and what Istio keeps of Envoy's own by default. */
const prefixes = ["istio", "cluster_manager", "listener_manager", "server", "cluster.xds-grpc", "wasm"];
/** Whether connections and requests are under way (draining asks), whether TLS works, and what policies decided. */
const suffixes = [
  "downstream_cx_active",
  "downstream_rq_active",
  "ssl.handshake",
  "ssl.connection_error",
  "ssl.fail_verify_error",
  "ssl.fail_verify_no_cert",
  "rbac.allowed",
  "rbac.denied",
  "shadow_allowed",
  "shadow_denied",
];

/** The statistics that an Envoy keeps. Those of every cluster would be most of its memory, and nobody reads them. */
export function keptStatistics(): MessageInitShape<typeof StatsConfigSchema> {
  const patterns = [
    ...prefixes.map((value) => ({ matchPattern: { case: "prefix" as const, value } })),
    ...suffixes.map((value) => ({ matchPattern: { case: "suffix" as const, value } })),
  ];
  return {
    useAllDefaultTags: false,
    statsMatcher: { statsMatcher: { case: "inclusionList", value: { patterns } } },
  };
}
