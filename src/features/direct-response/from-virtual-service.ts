import type { HTTPDirectResponse } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { type DirectResponse, maxBodyBytes } from "#features/direct-response/direct-response.ts";

/**
 * A status that no response can have becomes 500, and a body that is too large is left out: Envoy would refuse all
 * routes of the host for it.
 *
 * @reads networking.istio.io/v1 VirtualService spec.http[].directResponse
 */
export function fromVirtualService({ status, body }: HTTPDirectResponse): DirectResponse {
  const text = body?.specifier.value;
  const fits = text !== undefined && Buffer.byteLength(text) <= maxBodyBytes;
  return { status: status < 200 || status > 599 ? 500 : status, body: fits ? text : undefined };
}
