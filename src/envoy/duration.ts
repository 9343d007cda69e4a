import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DurationSchema, Duration as ProtoDuration } from "@bufbuild/protobuf/wkt";
import { type Duration, milliseconds } from "#base/duration.ts";

/** A length of time as Envoy reads it, to the nanosecond. */
export function duration({ ms }: Duration): MessageInitShape<typeof DurationSchema> {
  const wholeSeconds = Math.trunc(ms / 1000);
  const nanos = Math.round((ms - wholeSeconds * 1000) * 1e6);
  // A remainder that rounds up to a whole second belongs to the seconds.
  const carry = Math.trunc(nanos / 1e9);
  return { seconds: BigInt(wholeSeconds + carry), nanos: nanos - carry * 1e9 };
}

/** The inverse of {@link duration}, as far as milliseconds in a double reach. */
export function fromProto({ seconds, nanos }: Pick<ProtoDuration, "seconds" | "nanos">): Duration {
  return milliseconds(Number(seconds) * 1000 + nanos / 1e6);
}
