import {
  LoadBalancerSettings_SimpleLB as Simple,
  type TrafficPolicy,
} from "#api/gen/istio/networking/v1alpha3/destination_rule_pb.js";
import { keyOf } from "#features/load-balancing/from-traffic-policy.ts";
import { mostMaglevEntries, mostRingEntries } from "#features/load-balancing/policy.ts";
import { isPrime } from "#features/load-balancing/prime.ts";
import type { FieldPath } from "#findings/field-path.ts";
import { type Finding, finding } from "#findings/finding.ts";

export const noHashKey = finding({
  code: "STOD0301",
  severity: "warning",
  says: () => "the consistent hash has no key, so requests are spread at random",
  help: "Add httpHeaderName, httpCookie, httpQueryParameterName or useSourceIp: true.",
});

export const maglevSize = finding({
  code: "STOD0302",
  severity: "error",
  example: { size: 1000n },
  says: (at: { size: bigint }) =>
    at.size === 0n
      ? "maglev has no tableSize; Envoy's own 65537 holds"
      : `tableSize is ${at.size}, and Envoy takes only primes up to ${mostMaglevEntries}; its own 65537 holds`,
  help: "Write a prime of at least a hundred times the number of endpoints, such as 65537.",
});

export const ringSize = finding({
  code: "STOD0303",
  severity: "error",
  example: { size: 100_000_000n },
  says: (at: { size: bigint }) =>
    `minimumRingSize is ${at.size}, and Envoy's rings have at most ${mostRingEntries} entries`,
  help: "Write a smaller one; some hundred entries for each endpoint spread well.",
});

export const ringSizeTwice = finding({
  code: "STOD0304",
  severity: "warning",
  example: { algorithm: "ringHash" },
  says: (at: { algorithm: string }) => `minimumRingSize stands beside ${at.algorithm}, which counts alone`,
  help: "Move minimumRingSize into ringHash, or take it out.",
});

export const warmupUnused = finding({
  code: "STOD0305",
  severity: "warning",
  example: { by: "RANDOM" },
  says: (at: { by: string }) => `warmup does nothing with ${at.by}`,
  help: "Take it out, or write simple: LEAST_REQUEST or ROUND_ROBIN, which know it.",
});

export function* check({ loadBalancer }: TrafficPolicy, at: FieldPath): Iterable<Finding> {
  if (loadBalancer === undefined) return;
  const { lbPolicy, warmup, warmupDurationSecs } = loadBalancer;
  const here = at.field("loadBalancer");
  if (lbPolicy.case === "consistentHash") {
    const { hashKey, hashAlgorithm, minimumRingSize } = lbPolicy.value;
    const hash = here.field("consistentHash");
    if (keyOf(hashKey) === undefined) yield noHashKey({ at: hash });
    if (hashAlgorithm.case === "maglev") {
      const { tableSize: size } = hashAlgorithm.value;
      if (size > mostMaglevEntries || !isPrime(size))
        yield maglevSize({ at: hash.field("maglev").field("tableSize"), size });
    }
    if (minimumRingSize > 0n && hashAlgorithm.case !== undefined) {
      yield ringSizeTwice({ at: hash.field("minimumRingSize"), algorithm: hashAlgorithm.case });
    }
    const [ring, size] =
      hashAlgorithm.case === "ringHash"
        ? [hash.field("ringHash"), hashAlgorithm.value.minimumRingSize]
        : [hash, minimumRingSize];
    if (size > mostRingEntries) yield ringSize({ at: ring.field("minimumRingSize"), size });
  }
  if (warmup !== undefined || warmupDurationSecs !== undefined) {
    const field = here.field(warmup === undefined ? "warmupDurationSecs" : "warmup");
    if (lbPolicy.case === "consistentHash") yield warmupUnused({ at: field, by: "consistentHash" });
    if (lbPolicy.value === Simple.RANDOM || lbPolicy.value === Simple.PASSTHROUGH) {
      yield warmupUnused({ at: field, by: Simple[lbPolicy.value] });
    }
  }
}
