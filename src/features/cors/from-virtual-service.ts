import {
  type HTTPRoute,
  CorsPolicy_UnmatchedPreflights as Preflights,
} from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { fromProto } from "#envoy/duration.ts";
import type { Cors } from "#features/cors/cors.ts";
import { fromIstio, type StringMatch } from "#features/match/string-match.ts";

/** @reads networking.istio.io/v1 VirtualService spec.http[].corsPolicy */
export function fromVirtualService({ corsPolicy: asked }: HTTPRoute): Cors | undefined {
  if (asked === undefined) return undefined;
  // `allowOrigin` is the older field, of exact origins or `*`; it counts only where the newer one is empty.
  const older = asked.allowOrigin.map(
    (text): StringMatch => (text === "*" ? { how: "present" } : { how: "exact", text }),
  );
  return {
    allowOrigins: asked.allowOrigins.length > 0 ? asked.allowOrigins.map(fromIstio) : older,
    allowMethods: asked.allowMethods,
    allowHeaders: asked.allowHeaders,
    exposeHeaders: asked.exposeHeaders,
    maxAge: asked.maxAge && fromProto(asked.maxAge),
    allowCredentials: asked.allowCredentials,
    unmatchedPreflights: preflights[asked.unmatchedPreflights],
  };
}

const preflights: Readonly<Record<Preflights, Cors["unmatchedPreflights"]>> = {
  [Preflights.UNSPECIFIED]: undefined,
  [Preflights.FORWARD]: "forward",
  [Preflights.IGNORE]: "ignore",
};
