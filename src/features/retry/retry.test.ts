import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { briefly, here, httpRoute, routeShown, shopSource } from "../../../test/features/shown.ts";
import { retry } from "./index.ts";
import { parseRetryOn } from "./retry-on.ts";

const words: readonly [retryOn: string, conditions: string[], statuses: number[], why?: string][] = [
  ["5xx,reset", ["5xx", "reset"], []],
  ["5xx, 503 ", ["5xx"], [503], "a number is a status, and blanks do not count"],
  ["503", [], [503]],
  [",,", [], []],
  ["999", ["999"], [], "no such status: passed on as a condition, which Envoy ignores with a warning"],
];

for (const [retryOn, conditions, statuses, why] of words) {
  test(`retryOn "${retryOn}"${why ? `: ${why}` : ""}`, () => {
    assert.deepEqual(parseRetryOn(retryOn), { conditions, statuses });
  });
}

const previousHosts: JsonObject = {
  name: "envoy.retry_host_predicates.previous_hosts",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
  },
};
const elsewhere = { retry_host_predicate: [previousHosts], host_selection_retry_max_attempts: "5" };
const documented = "connect-failure,refused-stream,unavailable,cancelled";

const rows: readonly [written: JsonObject, policy: JsonObject | "off", why?: string][] = [
  [{ attempts: 0 }, "off"],
  [{}, "off", "attempts is 0 where it is not written"],
  [{ attempts: -1 }, "off"],
  [
    { attempts: 3 },
    { num_retries: 3, retry_on: documented, ...elsewhere },
    "what the API documents where it says not when",
  ],
  [
    { attempts: 2, retryOn: "5xx" },
    { num_retries: 2, retry_on: "5xx", ...elsewhere },
  ],
  [
    { attempts: 2, retryOn: "5xx,429" },
    { num_retries: 2, retry_on: "5xx,retriable-status-codes", retriable_status_codes: [429], ...elsewhere },
  ],
  [
    { attempts: 2, retryOn: "retriable-status-codes,429" },
    { num_retries: 2, retry_on: "retriable-status-codes", retriable_status_codes: [429], ...elsewhere },
    "said once",
  ],
  [
    { attempts: 1, retryOn: "reset", perTryTimeout: "0.250s", backoff: "1s" },
    {
      num_retries: 1,
      retry_on: "reset",
      per_try_timeout: "0.250s",
      retry_back_off: { base_interval: "1s" },
      ...elsewhere,
    },
  ],
  [
    { attempts: 1, retryOn: "reset", retryIgnorePreviousHosts: false },
    { num_retries: 1, retry_on: "reset", host_selection_retry_max_attempts: "5" },
  ],
  [
    { attempts: 1, retryOn: "reset", retryRemoteLocalities: true },
    {
      num_retries: 1,
      retry_on: "reset",
      ...elsewhere,
      retry_priority: {
        name: "envoy.retry_priorities.previous_priorities",
        typed_config: {
          "@type":
            "type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
          update_frequency: 2,
        },
      },
    },
  ],
];

for (const [retries, policy, why] of rows) {
  test(`retries ${JSON.stringify(retries)}${why ? `: ${why}` : ""}`, async () => {
    assert.deepEqual(await routeShown(retry, { retries }), policy === "off" ? {} : { route: { retry_policy: policy } });
  });
}

test("a route that says nothing leaves the default to whoever puts it together", async () => {
  assert.equal(await routeShown(retry, {}), "nothing said");
});

const checks: readonly [route: JsonObject, ...found: string[]][] = [
  [{ retries: { attempts: 2, retryOn: "5xx,503,cancelled" } }],
  [{ retries: { attempts: 2, retryOn: "5xxx" } }, "STOD0222 retries.retryOn"],
  [{ retries: { attempts: 2, retryOn: "5xx,999" } }, "STOD0222 retries.retryOn"],
  [{ retries: { attempts: 0 } }],
  [{ retries: { attempts: 0, retryOn: "5xx" } }, "STOD0223 retries.retryOn"],
  [{ retries: { attempts: -2 } }, "STOD0224 retries.attempts"],
  [{ retries: { attempts: 2, perTryTimeout: "2s" }, timeout: "1s" }, "STOD0225 retries.perTryTimeout"],
  [{ retries: { attempts: 2, perTryTimeout: "1s" }, timeout: "3s" }],
];

for (const [route, ...found] of checks) {
  test(`checking ${JSON.stringify(route)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(retry.check?.(httpRoute(route), here, shopSource) ?? []), found);
  });
}
