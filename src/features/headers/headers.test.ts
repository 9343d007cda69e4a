import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { briefly, here, httpRoute, routeShown, shopSource } from "../../../test/features/shown.ts";
import { isHeaderValue } from "./header-value.ts";
import { headers } from "./index.ts";

const set = (key: string, value: string): JsonObject => ({
  // JSON leaves an empty text out.
  header: { key, ...(value !== "" && { value }) },
  append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
  keep_empty_value: true,
});
const add = (key: string, value: string): JsonObject => ({ header: { key, value }, keep_empty_value: true });
const host = (name: string): JsonObject => ({ route: { host_rewrite_literal: name } });

const rows: readonly [written: JsonObject, envoy: JsonObject, why?: string][] = [
  [{ request: { set: { "x-user": "ada" } } }, { request_headers_to_add: [set("x-user", "ada")] }],
  [{ request: { add: { "x-user": "ada" } } }, { request_headers_to_add: [add("x-user", "ada")] }],
  [
    { request: { add: { a: "1" }, set: { z: "2", b: "3" } } },
    { request_headers_to_add: [set("b", "3"), set("z", "2"), add("a", "1")] },
    "set before add, each in the order of names",
  ],
  [{ request: { remove: ["b", "a"] } }, { request_headers_to_remove: ["a", "b"] }],
  [
    { response: { set: { a: "" }, add: { b: "2" }, remove: ["c"] } },
    { response_headers_to_add: [set("a", ""), add("b", "2")], response_headers_to_remove: ["c"] },
  ],
  [{ request: { set: { Host: "other" } } }, host("other"), "the host is rewritten"],
  [{ request: { set: { ":authority": "other" } } }, host("other")],
  [{ request: { add: { host: "other" } } }, host("other")],
  [{ request: { set: { host: "this" }, add: { host: "that" } } }, host("this"), "set counts before add"],
  [{ request: { set: { host: "two words" } } }, {}, "no host"],
  [{ request: { set: { ":path": "/" }, remove: [":method", "host"] } }, {}, "Envoy would refuse to change these"],
  [{ response: { set: { host: "other" } } }, {}, "a response has no host"],
  [{ request: { set: { "x-share": "100%", "x y": "1" } } }, {}, "Envoy would refuse the value, and HTTP the name"],
];

for (const [written, envoy, why] of rows) {
  test(`headers ${JSON.stringify(written)}${why ? `: ${why}` : ""}`, async () => {
    assert.deepEqual(await routeShown(headers, { headers: written }), envoy);
  });
}

const checks: readonly [route: JsonObject, ...found: string[]][] = [
  [{ headers: { request: { set: { host: "a" } } } }],
  [{ headers: { request: { set: { ":path": "/" } } } }, "STOD0271 headers.request.set.:path"],
  [{ headers: { request: { remove: ["host"] } } }, "STOD0271 headers.request.remove[0]"],
  [{ headers: { response: { add: { host: "a" } } } }, "STOD0271 headers.response.add.host"],
  [{ headers: { request: { set: { "x y": "a" } } } }, "STOD0272 headers.request.set.x y"],
  [{ headers: { request: { set: { x: "100%" } } } }, "STOD0273 headers.request.set.x"],
  [{ route: [{ headers: { response: { set: { x: "%" } } } }] }, "STOD0273 route[0].headers.response.set.x"],
  [{ rewrite: { authority: "a" }, headers: { request: { set: { host: "b" } } } }, "STOD0274 headers"],
];

for (const [route, ...found] of checks) {
  test(`checking ${JSON.stringify(route)} finds ${found.join(", ") || "nothing"}`, () => {
    assert.deepEqual(briefly(headers.check?.(httpRoute(route), here, shopSource) ?? []), found);
  });
}

const values: readonly [value: string, fine: boolean][] = [
  ["plain, with spaces\tand tabs", true],
  ["100%%", true],
  ["%HOSTNAME%", true],
  ["a %REQ(x-user?:path):10% b", true],
  ["%START_TIME(%s.%3f)%", true],
  ["%NO_SUCH_COMMAND%", false],
  ["%REQ%", false],
  ["%HOSTNAME(a)%", false],
  ["ü", true],
  ["100%", false],
  ["%START_TIME%%", false],
  ["line\nline", false],
];

for (const [value, fine] of values) {
  test(`${JSON.stringify(value)} is ${fine ? "a" : "no"} value for Envoy`, () => {
    assert.equal(isHeaderValue(value), fine);
  });
}
