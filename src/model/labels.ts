export type Labels = Readonly<Record<string, string>>;

/** Whether a selector picks something with these labels: every label of the selector is there with its value. */
export function selects(selector: Labels, labels: Labels): boolean {
  for (const name in selector) if (labels[name] !== selector[name]) return false;
  return true;
}

/** What a workload answers to in metrics and selectors of versions: Istio's canonical service and revision. */
export function canonicalService(labels: Labels, fallback: string): string {
  return labels["service.istio.io/canonical-name"] ?? labels["app.kubernetes.io/name"] ?? labels.app ?? fallback;
}

export function canonicalRevision(labels: Labels): string {
  return (
    labels["service.istio.io/canonical-revision"] ?? labels["app.kubernetes.io/version"] ?? labels.version ?? "latest"
  );
}
