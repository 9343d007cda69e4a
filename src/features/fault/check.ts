import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { grpcStatus } from "#features/fault/grpc-status.ts";
import { checkPercentage } from "#features/percentage.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const noAbortStatus = finding({
  code: "STOD0242",
  severity: "error",
  example: { status: 999 },
  says: (at: { status: number }) => `httpStatus is ${at.status}, which no response has, so nothing is aborted`,
  help: "Write a status from 200 to 599.",
});

export const noGrpcStatus = finding({
  code: "STOD0243",
  severity: "error",
  example: { status: "UNAVALABLE" },
  says: (at: { status: string }) => `gRPC has no status ${at.status}, so nothing is aborted`,
  help: "Write one such as UNAVAILABLE, or its number (grpc.github.io/grpc/core/md_doc_statuscodes.html).",
});

export const noFault = finding({
  code: "STOD0244",
  severity: "warning",
  example: { lacks: "fixedDelay" },
  says: (at: { lacks: string }) => `the fault says no ${at.lacks}, and does nothing`,
  help: ({ lacks }) => `Write ${lacks}, or take it out.`,
});

/** @param at  the route */
export function* check({ fault }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  if (fault === undefined) return;
  const { delay, abort } = fault;
  const here = at.field("fault");
  if (delay === undefined && abort === undefined) yield noFault({ at: here, lacks: "delay or abort" });
  if (delay !== undefined) {
    const place = here.field("delay");
    if (delay.httpDelayType.case === undefined) yield noFault({ at: place, lacks: "fixedDelay" });
    yield* checkPercentage(delay.percentage?.value, place.field("percentage"));
    yield* checkPercentage(delay.percent, place.field("percent"));
  }
  if (abort === undefined) return;
  const place = here.field("abort");
  const { case: kind, value } = abort.errorType;
  if (kind === undefined) yield noFault({ at: place, lacks: "httpStatus or grpcStatus" });
  if (kind === "httpStatus" && (value < 200 || value > 599)) {
    yield noAbortStatus({ at: place.field(kind), status: value });
  }
  if (kind === "grpcStatus" && grpcStatus(value) === undefined)
    yield noGrpcStatus({ at: place.field(kind), status: value });
  yield* checkPercentage(abort.percentage?.value, place.field("percentage"));
}
