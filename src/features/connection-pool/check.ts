import {
  type TrafficPolicy,
  ConnectionPoolSettings_HTTPSettings_H2UpgradePolicy as Upgrade,
} from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const negativeLimit = finding({
  code: "STOD0311",
  severity: "error",
  example: { field: "maxConnections", value: 0 },
  says: (at: { field: string; value: number }) => `${at.field} is ${at.value}, which limits nothing`,
  help: "Write 1 or more, or take the field out for no limit.",
});

export const upgradeAndCaller = finding({
  code: "STOD0312",
  severity: "error",
  says: () => "useClientProtocol keeps the caller's HTTP version, so h2UpgradePolicy: UPGRADE does nothing",
  help: "Take one of the two out.",
});

const httpLimits = [
  "http1MaxPendingRequests",
  "http2MaxRequests",
  "maxRequestsPerConnection",
  "maxRetries",
  "maxConcurrentStreams",
] as const;

export function* check({ connectionPool }: TrafficPolicy, at: FieldPath): Iterable<Finding> {
  const { tcp, http } = connectionPool ?? {};
  const here = at.field("connectionPool");
  if (tcp !== undefined && tcp.maxConnections < 0) {
    const field = "maxConnections";
    yield negativeLimit({ at: here.field("tcp").field(field), field, value: tcp.maxConnections });
  }
  for (const field of httpLimits) {
    const value = http?.[field] ?? 0;
    if (value < 0) yield negativeLimit({ at: here.field("http").field(field), field, value });
  }
  if (http?.useClientProtocol && http.h2UpgradePolicy === Upgrade.UPGRADE) {
    yield upgradeAndCaller({ at: here.field("http").field("h2UpgradePolicy") });
  }
}
