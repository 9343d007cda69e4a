import type { Finding } from "#findings/finding.ts";

/** Most findings of one kind of check that we tell of one object: past that, one more helps nobody. */
export const mostFindings = 20;

/** The first findings; the others are not even made, as each costs a look at the whole document for its line. */
export function firstOf(findings: Iterable<Finding>): Finding[] {
  return Iterator.from(findings).take(mostFindings).toArray();
}
