import { type Duration, milliseconds } from "#base/duration.ts";

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000001 };

/** Reads the header `grpc-timeout`, such as `250m` (250 ms) or `10S`; `undefined` if it is not one. */
export function parseTimeout(text: string): Duration | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match === null ? undefined : milliseconds(Number(match[1]) * (unitMs[match[2] as string] as number));
}

/** A duration as the header `grpc-timeout` carries it. */
export function formatTimeout({ ms }: Duration): string {
  const whole = Math.max(0, Math.ceil(ms));
  return whole < 100_000_000 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
}
