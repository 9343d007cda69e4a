import type {
  HTTPFaultInjection_Abort,
  HTTPFaultInjection_Delay,
  HTTPRoute,
} from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { fromProto } from "#envoy/duration.ts";
import type { Fault } from "#features/fault/fault.ts";
import { grpcStatus } from "#features/fault/grpc-status.ts";
import { withinBounds } from "#features/percentage.ts";

/** @reads networking.istio.io/v1 VirtualService spec.http[].fault */
export function fromVirtualService({ fault }: HTTPRoute): Fault | undefined {
  if (fault === undefined) return undefined;
  return { delay: fault.delay && delayOf(fault.delay), abort: fault.abort && abortOf(fault.abort) };
}

function delayOf({ httpDelayType, percentage, percent }: HTTPFaultInjection_Delay): Fault["delay"] {
  if (httpDelayType.case !== "fixedDelay") return undefined;
  return { by: fromProto(httpDelayType.value), percent: withinBounds(percentage?.value ?? (percent || 100)) };
}

function abortOf({ errorType, percentage }: HTTPFaultInjection_Abort): Fault["abort"] {
  const percent = withinBounds(percentage?.value ?? 100);
  if (errorType.case === "httpStatus") {
    // Envoy answers with no other status.
    if (errorType.value < 200 || errorType.value > 599) return undefined;
    return { with: { is: "http", status: errorType.value }, percent };
  }
  const status = errorType.case === "grpcStatus" ? grpcStatus(errorType.value) : undefined;
  return status === undefined ? undefined : { with: { is: "grpc", status }, percent };
}
