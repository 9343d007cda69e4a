import type { Destination, HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { destinationOf } from "#features/destination/from-virtual-service.ts";
import type { Mirror } from "#features/mirror/mirror.ts";
import { withinBounds } from "#features/percentage.ts";
import type { RouteSource } from "#features/route-feature.ts";

/**
 * @reads networking.istio.io/v1 VirtualService spec.http[].mirror
 * @reads networking.istio.io/v1 VirtualService spec.http[].mirrorPercentage
 * @reads networking.istio.io/v1 VirtualService spec.http[].mirrorPercent
 * @reads networking.istio.io/v1 VirtualService spec.http[].mirrors
 */
export function fromVirtualService(http: HTTPRoute, source: RouteSource): readonly Mirror[] | undefined {
  const one = http.mirror && mirrorOf(http.mirror, http.mirrorPercentage?.value ?? http.mirrorPercent, source);
  const several = http.mirrors.map(
    ({ destination, percentage }) => destination && mirrorOf(destination, percentage?.value, source),
  );
  const mirrors = [one, ...several].filter((mirror) => mirror !== undefined && mirror.percent > 0) as Mirror[];
  return mirrors.length === 0 ? undefined : mirrors;
}

function mirrorOf(destination: Destination, percent: number | undefined, source: RouteSource): Mirror {
  return { to: destinationOf(destination, source), percent: withinBounds(percent ?? 100) };
}
