import type { HTTPRoute } from "#api/gen/istio/networking/v1alpha3/virtual_service_pb.js";
import { formatDuration } from "#base/duration.ts";
import { fromProto } from "#envoy/duration.ts";
import { envoyConditions, parseRetryOn } from "#features/retry/retry-on.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const unknownCondition = finding({
  code: "STOD0222",
  severity: "error",
  example: { word: "5xxx" },
  says: (at: { word: string }) => `Envoy knows no retry condition ${at.word}, and passes over it`,
  help: `Write statuses, or some of ${envoyConditions.join(", ")}.`,
});

export const retriesOff = finding({
  code: "STOD0223",
  severity: "warning",
  example: { field: "perTryTimeout" },
  says: (at: { field: string }) => `attempts is 0, which switches retries off, so ${at.field} does nothing`,
  help: ({ field }) => `Write attempts: 1 or more, or take ${field} out.`,
});

export const negativeAttempts = finding({
  code: "STOD0224",
  severity: "error",
  example: { attempts: -1 },
  says: (at: { attempts: number }) => `attempts is ${at.attempts}, and counts as 0: no retries`,
  help: "Write 0 for no retries, or how often a request is tried again.",
});

export const tryOutlastsRoute = finding({
  code: "STOD0225",
  severity: "warning",
  example: { perTry: "3s", timeout: "2s" },
  says: (at: { perTry: string; timeout: string }) =>
    `one try may take ${at.perTry}, and the whole request only ${at.timeout}, so a try that hangs is never repeated`,
  help: "Make perTryTimeout shorter than the route's timeout, by as much as another try needs.",
});

/** @param at  the route */
export function* check({ retries, timeout }: HTTPRoute, at: FieldPath): Iterable<Finding> {
  if (retries === undefined) return;
  const { attempts, retryOn, perTryTimeout, backoff } = retries;
  const here = at.field("retries");
  if (attempts < 0) yield negativeAttempts({ at: here.field("attempts"), attempts });
  if (attempts <= 0) {
    const written = {
      retryOn: retryOn !== "",
      perTryTimeout: perTryTimeout !== undefined,
      backoff: backoff !== undefined,
    };
    for (const [field, isWritten] of Object.entries(written)) {
      if (isWritten) yield retriesOff({ at: here.field(field), field });
    }
    return;
  }
  for (const word of parseRetryOn(retryOn).conditions) {
    if (!envoyConditions.includes(word)) yield unknownCondition({ at: here.field("retryOn"), word });
  }
  if (perTryTimeout === undefined || timeout === undefined) return;
  const [perTry, whole] = [fromProto(perTryTimeout), fromProto(timeout)];
  if (whole.ms > 0 && perTry.ms >= whole.ms) {
    const facts = { perTry: formatDuration(perTry), timeout: formatDuration(whole) };
    yield tryOutlastsRoute({ at: here.field("perTryTimeout"), ...facts });
  }
}
