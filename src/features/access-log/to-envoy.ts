import type { MessageInitShape } from "@bufbuild/protobuf";
import { any } from "#envoy/any.ts";
import {
  type AccessLogFilterSchema,
  type AccessLogSchema,
  ComparisonFilter_Op as Op,
} from "#envoy/gen/envoy/config/accesslog/v3/accesslog_pb.js";
import { StdoutAccessLogSchema } from "#envoy/gen/envoy/extensions/access_loggers/stream/v3/stream_pb.js";

export type AccessLogInit = MessageInitShape<typeof AccessLogSchema>;

/** Istio's default text format, and behind it who the peers are. */
const format =
  `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ` +
  `%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% ` +
  `%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ` +
  `"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% ` +
  `%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME% ` +
  `from=%DOWNSTREAM_PEER_URI_SAN% to=%UPSTREAM_PEER_URI_SAN%\n`;

/**
 * The log of requests or connections on the proxy's standard output. It is not the file `/dev/stdout`, as in Istio: who starts an
 * Envoy may have given it a socket there, and a socket cannot be opened by a path.
 *
 * @writes envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
 */
export function accessLogs(which: "all" | "errors" | "off", of: "http" | "tcp"): AccessLogInit[] {
  if (which === "off") return [];
  return [
    {
      name: "envoy.access_loggers.stdout",
      filter: which === "errors" ? failed(of) : undefined,
      configType: {
        case: "typedConfig",
        value: any(StdoutAccessLogSchema, {
          accessLogFormat: {
            case: "logFormat",
            value: {
              format: { case: "textFormatSource", value: { specifier: { case: "inlineString", value: format } } },
            },
          },
        }),
      },
    },
  ];
}

/** A response flag says that Envoy had a hand in it; a status from 500 on may be the application's own. */
function failed(of: "http" | "tcp"): MessageInitShape<typeof AccessLogFilterSchema> {
  const flagged = { filterSpecifier: { case: "responseFlagFilter" as const, value: {} } };
  if (of === "tcp") return flagged;
  const value = { defaultValue: 500, runtimeKey: "stod.access_log.from_status" };
  const failedStatus = {
    filterSpecifier: { case: "statusCodeFilter" as const, value: { comparison: { op: Op.GE, value } } },
  };
  return { filterSpecifier: { case: "orFilter", value: { filters: [failedStatus, flagged] } } };
}
