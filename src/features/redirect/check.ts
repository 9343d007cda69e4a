import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const redirectsToItself = finding({
  code: "STOD0281",
  severity: "error",
  says: () => "the redirect changes nothing, so callers are sent round in a circle",
  help: "Write at least one of uri, authority, scheme, port.",
});

export const noRedirectCode = finding({
  code: "STOD0282",
  severity: "error",
  example: { code: 300 },
  says: (at: { code: number }) =>
    `redirectCode is ${at.code}, and Envoy redirects only with 301, 302, 303, 307, 308; 301 is sent`,
  help: "Write one of these, or leave redirectCode out for 301.",
});

export const noSuchPort = finding({
  code: "STOD0283",
  severity: "error",
  example: { port: 70_000 },
  says: (at: { port: number }) => `port is ${at.port}, and there are only those from 1 to 65535`,
  help: "Write the port to which callers are to go.",
});

const codes: ReadonlySet<number> = new Set([0, 301, 302, 303, 307, 308]);

/** @param at  the route */
export function* checkRedirect({ redirect }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  if (redirect === undefined) return;
  const { uri, authority, scheme, redirectPort, redirectCode: code } = redirect;
  const here = at.field("redirect");
  if (uri === "" && authority === "" && scheme === "" && redirectPort.case === undefined) {
    yield redirectsToItself({ at: here });
  }
  if (!codes.has(code)) yield noRedirectCode({ at: here.field("redirectCode"), code });
  if (redirectPort.case === "port" && (redirectPort.value < 1 || redirectPort.value > 65535)) {
    yield noSuchPort({ at: here.field("port"), port: redirectPort.value });
  }
}
