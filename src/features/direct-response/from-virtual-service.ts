import type { HTTPDirectResponse } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { DirectResponse } from "#features/direct-response/direct-response.ts";

/** @reads networking.istio.io/v1 VirtualService spec.http[].directResponse */
export function fromVirtualService({ status, body }: HTTPDirectResponse): DirectResponse {
  return { status, body: body?.specifier.value };
}
