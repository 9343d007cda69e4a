import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  HeaderValueOption_HeaderAppendAction as Append,
  type HeaderValueOptionSchema,
} from "#envoy/gen/envoy/config/core/v3/base_pb.js";
import type { HeaderChanges, HeaderOperations } from "#features/headers/header-changes.ts";
import { isAuthority, isFixed, isHeaderName, isHost } from "#features/headers/header-name.ts";
import { isHeaderValue } from "#features/headers/header-value.ts";
import type { RoutePart } from "#features/route-feature.ts";

type HeaderValueOption = MessageInitShape<typeof HeaderValueOptionSchema>;

interface HeaderFields {
  readonly route: {
    readonly requestHeadersToAdd: HeaderValueOption[];
    readonly requestHeadersToRemove: string[];
    readonly responseHeadersToAdd: HeaderValueOption[];
    readonly responseHeadersToRemove: string[];
  };
  /** The `Host` to send, which Envoy takes as a rewrite rather than as a header. */
  readonly host: string | undefined;
}

/** @writes envoy.config.route.v3.Route.request_headers_to_add */
export function toEnvoy(changes: HeaderChanges): RoutePart {
  const { route, host } = headerFields(changes);
  if (host === undefined) return { route };
  return { route, action: { hostRewriteSpecifier: { case: "hostRewriteLiteral", value: host } } };
}

/** The fields that a route and a weighted cluster have in common. */
export function headerFields(changes: HeaderChanges | undefined): HeaderFields {
  return {
    route: {
      requestHeadersToAdd: toAdd(changes?.request),
      requestHeadersToRemove: toRemove(changes?.request),
      responseHeadersToAdd: toAdd(changes?.response),
      responseHeadersToRemove: toRemove(changes?.response),
    },
    host: hostIn(changes?.request.set) ?? hostIn(changes?.request.add),
  };
}

function toAdd(operations: HeaderOperations | undefined): HeaderValueOption[] {
  if (operations === undefined) return [];
  return [
    ...options(operations.set, Append.OVERWRITE_IF_EXISTS_OR_ADD),
    ...options(operations.add, Append.APPEND_IF_EXISTS_OR_ADD),
  ];
}

/** Names and values that Envoy refuses are left out: it would refuse all routes of the host for them. */
function options(headers: Readonly<Record<string, string>>, appendAction: Append): HeaderValueOption[] {
  return Object.keys(headers)
    .filter((key) => !isFixed(key) && isHeaderName(key) && isHeaderValue(headers[key] as string))
    .sort()
    .map((key) => ({ header: { key, value: headers[key] as string }, appendAction, keepEmptyValue: true }));
}

function toRemove(operations: HeaderOperations | undefined): string[] {
  return (operations?.remove ?? []).filter((name) => !isFixed(name)).sort();
}

function hostIn(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  return Object.entries(headers ?? {}).find(([name, value]) => isHost(name) && isAuthority(value))?.[1];
}
