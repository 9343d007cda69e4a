import type { StringMatch } from "#features/match/string-match.ts";

/** What a request must be for a route to take it; every part that is said must hold. */
export interface RequestMatch {
  readonly name: string | undefined;
  readonly uri: StringMatch | undefined;
  readonly ignoreUriCase: boolean;
  readonly scheme: StringMatch | undefined;
  readonly method: StringMatch | undefined;
  readonly authority: StringMatch | undefined;
  readonly headers: ReadonlyMap<string, StringMatch>;
  readonly withoutHeaders: ReadonlyMap<string, StringMatch>;
  readonly queryParams: ReadonlyMap<string, StringMatch>;
  readonly from: Caller;
}

/** Who may call, and through what: known when the configuration is made, so none of it reaches Envoy. */
export interface Caller {
  /** The port that was called. */
  readonly port: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string | undefined;
  /** `mesh` or `namespace/name` of gateways; empty for those of the whole VirtualService. */
  readonly gateways: readonly string[];
}

/** Where a route is about to be put. */
export interface CallSite {
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** `mesh`, or `namespace/name` of a gateway. */
  readonly gateway: string;
}

/** Whether requests of a call site can match at all. */
export function canMatchAt(from: Caller, site: CallSite): boolean {
  if (from.port !== undefined && from.port !== site.port) return false;
  if (from.namespace !== undefined && from.namespace !== site.namespace) return false;
  if (from.gateways.length > 0 && !from.gateways.includes(site.gateway)) return false;
  return Object.entries(from.labels).every(([name, value]) => site.labels[name] === value);
}

/** Whether a match takes every request of the call sites that it is for. */
export function takesEverything(match: RequestMatch): boolean {
  return (
    anyPath(match.uri) &&
    match.scheme === undefined &&
    match.method === undefined &&
    match.authority === undefined &&
    match.headers.size + match.withoutHeaders.size + match.queryParams.size === 0
  );
}

/** Every path begins with a slash. */
function anyPath(uri: StringMatch | undefined): boolean {
  return uri === undefined || uri.how === "present" || (uri.how === "prefix" && uri.text === "/");
}
