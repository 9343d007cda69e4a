import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { fromProto } from "#envoy/duration.ts";
import type { RetryPolicy } from "#features/retry/policy.ts";
import { parseRetryOn } from "#features/retry/retry-on.ts";

/** What Istio's API promises to those who ask for retries and do not say when. */
const documentedConditions = "connect-failure,refused-stream,unavailable,cancelled";

/**
 * The retries that a route of a VirtualService asks for, or `undefined` where it says nothing and the mesh's
 * own default holds.
 *
 * @reads networking.istio.io/v1 VirtualService spec.http[].retries
 */
export function fromVirtualService(http: HTTPRoute): RetryPolicy | undefined {
  const asked = http.retries;
  if (asked === undefined) return undefined;
  if (asked.attempts <= 0) return "off";
  const { conditions, statuses } = parseRetryOn(asked.retryOn || documentedConditions);
  return {
    retries: asked.attempts,
    conditions,
    statuses,
    perTryTimeout: asked.perTryTimeout && fromProto(asked.perTryTimeout),
    backoff: asked.backoff && fromProto(asked.backoff),
    ignorePreviousHosts: asked.retryIgnorePreviousHosts ?? true,
    otherLocalities: asked.retryRemoteLocalities ?? false,
  };
}
