import type { Headers, HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { isAuthority, isFixed, isHeaderName, isHost } from "#features/headers/header-name.ts";
import { isHeaderValue } from "#features/headers/header-value.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const fixedHeader = finding({
  code: "STOD0271",
  severity: "error",
  example: { name: ":path", how: "headers" },
  says: (at: { name: string; how: string }) => `${at.name} cannot be changed by ${at.how}, and stays as it is`,
  help: ({ name, how }) =>
    isHost(name)
      ? `The host of a request can be set: write ${name} into request.set, or rewrite.authority.`
      : `Take ${name || "it"} out of ${how}.`,
});

export const notAHeader = finding({
  code: "STOD0272",
  severity: "error",
  example: { name: "x user" },
  says: (at: { name: string }) => `HTTP knows no header by the name "${at.name}", so it is left out`,
  help: "Header names are made of letters, digits and dashes.",
});

export const notAValue = finding({
  code: "STOD0273",
  severity: "error",
  example: { value: "100%" },
  says: (at: { value: string }) => `Envoy refuses the value "${at.value}", so the header is left as it was`,
  help: "A value has no control characters, and % stands as %% or around one of Envoy's commands, such as %REQ(x-user)%.",
});

export const hostTwice = finding({
  code: "STOD0274",
  severity: "error",
  example: { counts: "rewrite.authority" },
  says: (at: { counts: string }) => `the host is written anew more than once, and ${at.counts} counts`,
  help: "Write it in one place.",
});

/** @param at  the route */
export function* check({ headers, route, rewrite }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  yield* checkChanges(headers, at.field("headers"));
  for (const [nth, destination] of route.entries()) {
    yield* checkChanges(destination.headers, at.field("route").index(nth).field("headers"));
  }
  const request = headers?.request;
  const places = [
    ["rewrite.authority", rewrite !== undefined && rewrite.authority !== ""],
    ["headers.request.set", Object.keys(request?.set ?? {}).some(isHost)],
    ["headers.request.add", Object.keys(request?.add ?? {}).some(isHost)],
  ] as const;
  const [first, second] = places.filter(([, isWritten]) => isWritten);
  if (first !== undefined && second !== undefined) yield hostTwice({ at: at.field("headers"), counts: first[0] });
}

function* checkChanges(headers: Headers | undefined, at: FieldPath): Iterable<Finding> {
  for (const side of ["request", "response"] as const) {
    const { set = {}, add = {}, remove = [] } = headers?.[side] ?? {};
    for (const [how, values] of Object.entries({ set, add })) {
      for (const [name, value] of Object.entries(values)) {
        const place = at.field(side).field(how).field(name);
        if (isFixed(name) && !(side === "request" && isHost(name)))
          yield fixedHeader({ at: place, name, how: `${side}.${how}` });
        else if (!isFixed(name) && !isHeaderName(name)) yield notAHeader({ at: place, name });
        if (isHost(name) ? !isAuthority(value) : !isHeaderValue(value)) yield notAValue({ at: place, value });
      }
    }
    for (const [nth, name] of remove.entries()) {
      const place = at.field(side).field("remove").index(nth);
      if (isFixed(name)) yield fixedHeader({ at: place, name, how: `${side}.remove` });
    }
  }
}
