import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const noPercentage = finding({
  code: "STOD0241",
  severity: "error",
  example: { percent: 150 },
  says: (at: { percent: number }) => `${at.percent} is no percentage; the nearest one counts`,
  help: "Write a number from 0 to 100, such as 0.5 for one in two hundred.",
});

/** @param at  the field in which the percentage is written */
export function* checkPercentage(percent: number | undefined, at: FieldPath): Iterable<Finding> {
  if (percent !== undefined && !(percent >= 0 && percent <= 100)) yield noPercentage({ at, percent });
}

/** The percentage that a number comes to, within its bounds. */
export function withinBounds(percent: number): number {
  return Math.min(Math.max(percent, 0), 100);
}
