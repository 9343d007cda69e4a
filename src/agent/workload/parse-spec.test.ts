import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec, SpecFault } from "#agent/workload/parse-spec.ts";
import type { Check, WorkloadSpec } from "#agent/workload/spec.ts";

const reviews = {
  name: "reviews-v1-0",
  namespace: "shop",
  workload: "reviews-v1",
  serviceAccount: "reviews",
  address: "10.128.0.7",
  command: ["node", "main.ts"],
  ports: [{ name: "http", port: 80, targetPort: 9080, protocol: "http" }],
};

const checks: readonly [readiness: object | undefined, check: Check, why?: string][] = [
  [undefined, { by: "tcp", port: 9080 }, "its first port takes a connection"],
  [{ tcp: 8000 }, { by: "tcp", port: 8000 }],
  [{ http: "/healthz" }, { by: "http", path: "/healthz", port: 9080 }],
  [
    { http: "/healthz", port: 9000 },
    { by: "http", path: "/healthz", port: 9000 },
  ],
  [{ exec: ["true"] }, { by: "exec", command: ["true"] }],
];

for (const [readiness, check, why] of checks) {
  test(`readiness ${JSON.stringify(readiness)} is ${check.by}${why ? `: ${why}` : ""}`, () => {
    assert.deepEqual(parseSpec({ ...reviews, readiness }).readiness.check, check);
  });
}

const proxies: readonly [fields: object, proxy: WorkloadSpec["proxy"]][] = [
  [{}, "sidecar"],
  [{ sidecar: false }, "none"],
  [{ kind: "gateway", command: undefined }, "gateway"],
];

for (const [fields, proxy] of proxies) {
  test(`a workload with ${JSON.stringify(fields)} has the proxy ${proxy}`, () => {
    assert.equal(parseSpec({ ...reviews, ...fields }).proxy, proxy);
  });
}

const faults: readonly [fields: object, says: RegExp][] = [
  [{ name: "../../etc" }, /^name is "..\/..\/etc"/],
  [{ name: undefined }, /^name is missing/],
  [{ address: "nowhere" }, /^address is "nowhere"/],
  [{ command: undefined }, /^command is missing: only a gateway/],
  [{ command: "node main.ts" }, /^command is not a list/],
  [{ env: { PORT: 80 } }, /^env.PORT is not a text/],
  [{ cwd: "here" }, /^cwd is "here", and no absolute path/],
  [{ ports: [{ name: "http", port: 70_000 }] }, /^port is 70000/],
  [{ readiness: { http: "healthz" } }, /^readiness.http is not a path/],
  [{ readiness: { tcp: 80, interval: "soon" } }, /^readiness.interval is not a duration/],
  [{ explicit: 121 }, /^explicit is 121/],
  [{ drainSeconds: -1 }, /^drainSeconds is -1/],
];

for (const [fields, says] of faults) {
  test(`a workload with ${JSON.stringify(fields)} is refused`, () => {
    assert.throws(
      () => parseSpec({ ...reviews, ...fields }),
      (fault) => fault instanceof SpecFault && says.test(fault.message),
    );
  });
}
