import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { maxBodyBytes } from "#features/direct-response/direct-response.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const noResponseStatus = finding({
  code: "STOD0285",
  severity: "error",
  example: { status: 999 },
  says: (at: { status: number }) => `status is ${at.status}, which no response has; 500 is answered`,
  help: "Write a status from 200 to 599.",
});

export const bodyTooLarge = finding({
  code: "STOD0286",
  severity: "error",
  example: { bytes: 2_000_000 },
  says: (at: { bytes: number }) =>
    `the body has ${at.bytes} bytes, and a proxy holds at most ${maxBodyBytes}; none is sent`,
  help: "Send a shorter one, or let a service answer.",
});

/** @param at  the route */
export function* checkDirectResponse({ directResponse }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  if (directResponse === undefined) return;
  const { status, body } = directResponse;
  const here = at.field("directResponse");
  if (status < 200 || status > 599) yield noResponseStatus({ at: here.field("status"), status });
  const bytes = Buffer.byteLength(body?.specifier.value ?? "");
  if (bytes > maxBodyBytes) yield bodyTooLarge({ at: here.field("body"), bytes });
}
