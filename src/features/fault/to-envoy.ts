import { any } from "#envoy/any.ts";
import { duration } from "#envoy/duration.ts";
import { HTTPFaultSchema } from "#envoy/gen/envoy/extensions/filters/http/fault/v3/fault_pb.js";
import { fractionalPercent } from "#envoy/percent.ts";
import type { Fault } from "#features/fault/fault.ts";
import type { HttpFilterInit, RoutePart } from "#features/route-feature.ts";

const name = "envoy.filters.http.fault";

export const filter: HttpFilterInit = {
  name,
  disabled: true,
  configType: { case: "typedConfig", value: any(HTTPFaultSchema, {}) },
};

/** @writes envoy.extensions.filters.http.fault.v3.HTTPFault */
export function toEnvoy({ delay, abort }: Fault): RoutePart {
  if (delay === undefined && abort === undefined) return {};
  const fault = any(HTTPFaultSchema, {
    delay: delay && {
      faultDelaySecifier: { case: "fixedDelay", value: duration(delay.by) },
      percentage: fractionalPercent(delay.percent),
    },
    abort: abort && {
      errorType:
        abort.with.is === "http"
          ? { case: "httpStatus", value: abort.with.status }
          : { case: "grpcStatus", value: abort.with.status },
      percentage: fractionalPercent(abort.percent),
    },
  });
  return { filters: { [name]: fault } };
}
