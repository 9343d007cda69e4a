/** A length of time. Whole milliseconds in nearly every mesh API; fractions are kept where a user wrote them. */
export interface Duration {
  readonly ms: number;
}

export const zero: Duration = { ms: 0 };

export function milliseconds(ms: number): Duration {
  return { ms };
}

export function seconds(s: number): Duration {
  return { ms: s * 1000 };
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, ns: 0.000001 };

/** Reads a duration as Go and Istio write it (`1.5s`, `1m30s`, `250ms`); `undefined` if it is not one. */
export function parseDuration(text: string): Duration | undefined {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|ns))+$/.exec(text);
  if (match === null) return text === "0" ? zero : undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|ns)/g)) {
    ms += Number(amount) * (unitMs[unit as string] as number);
  }
  return { ms: match[1] === "-" ? -ms : ms };
}

/** A duration as a person reads it: `250ms`, `1.5s`, `2m`, `3h`. */
export function formatDuration({ ms }: Duration): string {
  if (ms !== 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms !== 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  return Math.abs(ms) >= 1000 ? `${ms / 1000}s` : `${ms}ms`;
}
