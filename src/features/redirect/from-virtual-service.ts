import {
  type HTTPRedirect,
  HTTPRedirect_RedirectPortSelection as PortSelection,
} from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { Redirect } from "#features/redirect/redirect.ts";

const prefixReplacement = "%PREFIX()%";

/** @reads networking.istio.io/v1 VirtualService spec.http[].redirect */
export function fromVirtualService(asked: HTTPRedirect): Redirect {
  return {
    scheme: asked.scheme || undefined,
    authority: asked.authority || undefined,
    port: portOf(asked.redirectPort),
    path: pathOf(asked.uri),
    status: statusOf(asked.redirectCode),
  };
}

function portOf(asked: HTTPRedirect["redirectPort"]): Redirect["port"] {
  switch (asked.case) {
    case "port":
      return asked.value > 0 && asked.value <= 65535 ? asked.value : undefined;
    case "derivePort":
      return asked.value === PortSelection.FROM_REQUEST_PORT ? "as-called" : "by-scheme";
    default:
      return undefined;
  }
}

/** Istio's own words for "just the matched prefix" in a redirect's URI. */
function pathOf(uri: string): Redirect["path"] {
  if (uri === "") return undefined;
  return uri.startsWith(prefixReplacement)
    ? { how: "prefix", text: uri.slice(prefixReplacement.length) }
    : { how: "whole", text: uri };
}

function statusOf(code: number): Redirect["status"] {
  return code === 302 || code === 303 || code === 307 || code === 308 ? code : 301;
}
