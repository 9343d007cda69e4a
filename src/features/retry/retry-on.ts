/** The parts of Istio's `retryOn`: Envoy's conditions, and plain numbers that mean statuses. */
export function parseRetryOn(retryOn: string): { conditions: string[]; statuses: number[] } {
  const words = retryOn
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  return {
    conditions: words.filter((word) => !isStatus(word)),
    statuses: words.filter(isStatus).map(Number),
  };
}

function isStatus(word: string): boolean {
  return /^[1-5]\d\d$/.test(word);
}

/** The conditions that Envoy knows, of HTTP and of gRPC. */
export const envoyConditions: readonly string[] = [
  "5xx",
  "gateway-error",
  "reset",
  "reset-before-request",
  "connect-failure",
  "refused-stream",
  "retriable-4xx",
  "retriable-status-codes",
  "retriable-headers",
  "envoy-ratelimited",
  "http3-post-connect-failure",
  "cancelled",
  "deadline-exceeded",
  "internal",
  "resource-exhausted",
  "unavailable",
];
