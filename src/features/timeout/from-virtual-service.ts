import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { Duration } from "#base/duration.ts";
import { fromProto } from "#envoy/duration.ts";

/**
 * How long a request may take in all, retries included; zero for as long as it wants.
 *
 * @reads networking.istio.io/v1 VirtualService spec.http[].timeout
 */
export function fromVirtualService({ timeout }: HTTPRoute): Duration | undefined {
  return timeout && fromProto(timeout);
}
