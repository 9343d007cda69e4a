import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { briefly, here, httpRoute, routeShown, shopSource } from "../../../test/features/shown.ts";
import { grpcStatus } from "./grpc-status.ts";
import { fault } from "./index.ts";

const always = { numerator: 1_000_000, denominator: "MILLION" };
const tenth = { numerator: 100_000, denominator: "MILLION" };
const delay = (settings: JsonObject): JsonObject => ({ delay: settings });
const abort = (settings: JsonObject): JsonObject => ({ abort: settings });

type Row = [written: JsonObject, envoy: JsonObject, found: string[], why?: string];

const rows: readonly Row[] = [
  [
    delay({ fixedDelay: "5s" }),
    delay({ fixed_delay: "5s", percentage: always }),
    [],
    "every request where nobody said",
  ],
  [delay({ fixedDelay: "5s", percentage: { value: 10 } }), delay({ fixed_delay: "5s", percentage: tenth }), []],
  [delay({ fixedDelay: "5s", percent: 10 }), delay({ fixed_delay: "5s", percentage: tenth }), [], "the older field"],
  [
    delay({ fixedDelay: "5s", percentage: { value: 0.0001 } }),
    delay({ fixed_delay: "5s", percentage: { numerator: 1, denominator: "MILLION" } }),
    [],
    "one in a million is the least",
  ],
  [
    delay({ fixedDelay: "5s", percentage: { value: 150 } }),
    delay({ fixed_delay: "5s", percentage: always }),
    ["STOD0241 fault.delay.percentage"],
  ],
  [abort({ httpStatus: 503 }), abort({ http_status: 503, percentage: always }), []],
  [abort({ grpcStatus: "UNAVAILABLE" }), abort({ grpc_status: 14, percentage: always }), []],
  [
    abort({ httpStatus: 503, percentage: { value: -1 } }),
    abort({ http_status: 503, percentage: { denominator: "MILLION" } }),
    ["STOD0241 fault.abort.percentage"],
  ],
  [
    { ...delay({ fixedDelay: "1s" }), ...abort({ httpStatus: 400, percentage: { value: 10 } }) },
    { ...delay({ fixed_delay: "1s", percentage: always }), ...abort({ http_status: 400, percentage: tenth }) },
    [],
  ],
  [
    { ...delay({ fixedDelay: "1s" }), ...abort({ httpStatus: 99 }) },
    delay({ fixed_delay: "1s", percentage: always }),
    ["STOD0242 fault.abort.httpStatus"],
    "Envoy would refuse the status",
  ],
];

for (const [written, envoy, found, why] of rows) {
  test(`fault ${JSON.stringify(written)}${why ? `: ${why}` : ""}`, async () => {
    const shown = (await routeShown(fault, { fault: written })) as { typed_per_filter_config: JsonObject };
    const type = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";
    assert.deepEqual(shown.typed_per_filter_config, { "envoy.filters.http.fault": { "@type": type, ...envoy } });
    assert.deepEqual(briefly(fault.check?.(httpRoute({ fault: written }), here, shopSource) ?? []), found);
  });
}

const nothing: readonly [written: JsonObject, ...found: string[]][] = [
  [{}, "STOD0244 fault"],
  [{ delay: {} }, "STOD0244 fault.delay"],
  [{ abort: {} }, "STOD0244 fault.abort"],
  [{ abort: { httpStatus: 600 } }, "STOD0242 fault.abort.httpStatus"],
  [{ abort: { grpcStatus: "SLEEPY" } }, "STOD0243 fault.abort.grpcStatus"],
];

for (const [written, ...found] of nothing) {
  test(`fault ${JSON.stringify(written)} does nothing: ${found}`, async () => {
    assert.deepEqual(await routeShown(fault, { fault: written }), {});
    assert.deepEqual(briefly(fault.check?.(httpRoute({ fault: written }), here, shopSource) ?? []), found);
  });
}

const statuses: readonly [text: string, number: number | undefined][] = [
  ["OK", 0],
  ["unavailable", 14],
  ["CANCELED", 1],
  ["16", 16],
  ["17", undefined],
  ["", undefined],
];

for (const [text, number] of statuses) {
  test(`gRPC's status "${text}" is ${number ?? "none"}`, () => {
    assert.equal(grpcStatus(text), number);
  });
}
