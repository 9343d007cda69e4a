import type { MessageInitShape } from "@bufbuild/protobuf";
import { any } from "#envoy/any.ts";
import {
  type Config_StatSchema,
  ConfigSchema,
  Config_Histogram_Unit as Unit,
} from "#envoy/gen/envoy/extensions/access_loggers/stats/v3/stats_pb.js";
import type { AccessLogInit } from "#features/access-log/to-envoy.ts";

type StatInit = MessageInitShape<typeof Config_StatSchema>;

/**
 * Tags that vary from request to request. Whatever is the same for all that a proxy counts (who it is itself, for
 * one) is joined where the figures are collected, so that requests do not pay for it.
 */
const tags = {
  outbound: {
    destination: "%UPSTREAM_CLUSTER_RAW%",
    destination_workload: "%UPSTREAM_METADATA(istio:workload)%",
    destination_principal: "%UPSTREAM_PEER_URI_SAN%",
  },
  inbound: {
    destination: "%UPSTREAM_CLUSTER_RAW%",
    source_principal: "%DOWNSTREAM_PEER_URI_SAN%",
  },
} as const;

const ofHttp = {
  response_code: "%RESPONSE_CODE%",
  response_flags: "%RESPONSE_FLAGS%",
  grpc_response_status: "%GRPC_STATUS_NUMBER%",
};

/**
 * Counts and times the requests (or connections) of a listener, under Istio's names.
 *
 * @writes envoy.extensions.access_loggers.stats.v3.Config
 */
export function metrics(direction: "inbound" | "outbound", of: "http" | "tcp"): AccessLogInit {
  const reporter = { reporter: direction === "inbound" ? "destination" : "source" };
  const peer = { ...reporter, ...tags[direction] };
  const value =
    of === "http"
      ? {
          counters: [{ stat: stat("requests_total", { ...peer, ...ofHttp }), valueFixed: 1n }],
          histograms: [
            {
              stat: stat("request_duration_milliseconds", peer),
              unit: Unit.Milliseconds,
              valueFormat: "%DURATION%",
            },
          ],
        }
      : {
          counters: [
            {
              stat: stat("tcp_connections_closed_total", { ...peer, response_flags: ofHttp.response_flags }),
              valueFixed: 1n,
            },
            { stat: stat("tcp_received_bytes_total", peer), valueFormat: "%BYTES_RECEIVED%" },
            { stat: stat("tcp_sent_bytes_total", peer), valueFormat: "%BYTES_SENT%" },
          ],
        };
  return {
    name: "envoy.access_loggers.stats",
    configType: { case: "typedConfig", value: any(ConfigSchema, { statsScope: { prefix: "istio" }, ...value }) },
  };
}

function stat(name: string, tagged: Readonly<Record<string, string>>): StatInit {
  return { name, tags: Object.entries(tagged).map(([name, valueFormat]) => ({ name, valueFormat })) };
}
