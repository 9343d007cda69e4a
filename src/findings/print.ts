import { visible, visibleLine } from "#base/visible.ts";
import type { Finding } from "#findings/finding.ts";

/**
 * A finding as a person reads it in a terminal:
 *
 *     error STOD0214  VirtualService shop/reviews  spec.http[1].retries.backoff  (reviews.yaml:31)
 *       backoff is 0s, and Envoy takes only more than 0s.
 *       Leave backoff out for Envoy's own 25ms, or write a longer one, such as 100ms.
 */
export function printFinding(finding: Finding): string {
  const { code, severity, object, path, file, line, says, help } = finding;
  const where = file && (line === undefined ? `(${file})` : `(${file}:${line})`);
  const head = [object && `${object.kind} ${object.namespace}/${object.name}`, path, where].filter(Boolean);
  // Names and values in it are the user's, and a terminal would obey some of them.
  return [visibleLine(`${severity} ${code}  ${head.join("  ")}`), visible(`  ${says}.`), visible(`  ${help}`)].join(
    "\n",
  );
}
