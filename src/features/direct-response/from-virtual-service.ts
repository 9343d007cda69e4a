import type { HTTPDirectResponse } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { DirectResponse } from "#features/direct-response/direct-response.ts";

/**
 * A status that no response can have becomes 500.
 *
 * @reads networking.istio.io/v1 VirtualService spec.http[].directResponse
 */
export function fromVirtualService({ status, body }: HTTPDirectResponse): DirectResponse {
  return { status: status < 200 || status > 599 ? 500 : status, body: body?.specifier.value };
}
