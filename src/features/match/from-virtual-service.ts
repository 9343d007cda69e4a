import type {
  HTTPMatchRequest,
  StringMatch as IstioStringMatch,
} from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { RequestMatch } from "#features/match/request-match.ts";
import { fromIstio, type StringMatch } from "#features/match/string-match.ts";

/** Header names that Istio gives a field of their own, and ignores among the headers. */
export const ownFields: ReadonlySet<string> = new Set(["uri", "scheme", "method", "authority"]);

/**
 * @param gatewayKey  the `namespace/name` that a gateway's name in this object means
 * @reads networking.istio.io/v1 VirtualService spec.http[].match[]
 */
export function fromVirtualService(match: HTTPMatchRequest, gatewayKey: (name: string) => string): RequestMatch {
  return {
    name: match.name || undefined,
    uri: match.uri && fromIstio(match.uri),
    ignoreUriCase: match.ignoreUriCase,
    scheme: match.scheme && fromIstio(match.scheme),
    method: match.method && fromIstio(match.method),
    authority: match.authority && fromIstio(match.authority),
    headers: byName(match.headers),
    withoutHeaders: byName(match.withoutHeaders),
    queryParams: new Map(sorted(match.queryParams).map(([name, value]) => [name, fromIstio(value)])),
    from: {
      port: match.port || undefined,
      labels: match.sourceLabels,
      namespace: match.sourceNamespace || undefined,
      gateways: match.gateways.map(gatewayKey),
    },
  };
}

function byName(headers: Record<string, IstioStringMatch>): ReadonlyMap<string, StringMatch> {
  const kept = sorted(headers).filter(([name]) => !ownFields.has(name));
  return new Map(kept.map(([name, value]) => [name.toLowerCase(), fromIstio(value)]));
}

function sorted<T>(record: Record<string, T>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
