import type {
  Headers,
  Headers_HeaderOperations,
  HTTPRoute,
} from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { HeaderChanges, HeaderOperations } from "#features/headers/header-changes.ts";

/** @reads networking.istio.io/v1 VirtualService spec.http[].headers */
export function fromVirtualService(http: HTTPRoute): HeaderChanges | undefined {
  return http.headers && headerChanges(http.headers);
}

/** @reads networking.istio.io/v1 VirtualService spec.http[].route[].headers */
export function headerChanges({ request, response }: Headers): HeaderChanges {
  return { request: operations(request), response: operations(response) };
}

function operations(asked: Headers_HeaderOperations | undefined): HeaderOperations {
  return { set: asked?.set ?? {}, add: asked?.add ?? {}, remove: asked?.remove ?? [] };
}
