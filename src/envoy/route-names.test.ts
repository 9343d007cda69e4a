import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseRouteConfigurationName,
  parseVhdsName,
  type RouteConfigurationRef,
  routeConfigurationName,
  vhdsName,
} from "#envoy/route-names.ts";

const rows: readonly [name: string, ref: RouteConfigurationRef, why?: string][] = [
  ["80", { of: "port", port: 80 }],
  ["reviews.shop.svc.cluster.local:80", { of: "service", host: "reviews.shop.svc.cluster.local", port: 80 }],
  ["[2001:db8::1]:80", { of: "service", host: "2001:db8::1", port: 80 }],
  ["inbound|9080||", { of: "inbound", port: 9080 }],
  ["http.8080", { of: "http gateway", port: 8080, bind: undefined }],
  ["http.8080.10.0.0.1", { of: "http gateway", port: 8080, bind: "10.0.0.1" }],
  ["http.8080.::1", { of: "http gateway", port: 8080, bind: "::1" }],
  ["https.443.web.gw.shop", https("gw", "shop")],
  ["https.443.web.gw.v2.shop", https("gw.v2", "shop"), "a Gateway's name may have dots"],
  ["https.443.web.gw.shop.10.0.0.1", https("gw", "shop", "10.0.0.1")],
  ["https.443.web.0.1.2.3", https("0.1.2", "3"), "an address only where a server is left without it"],
];
for (const [name, ref, why] of rows) {
  test(`route configuration ${name}${why ? `: ${why}` : ""}`, () => {
    assert.equal(routeConfigurationName(ref), name);
    assert.deepEqual(parseRouteConfigurationName(name), ref);
  });
}

for (const name of [
  "",
  "allow_any",
  "http.",
  "http.x",
  "http.80.shop",
  "https.443.web.gw",
  "outbound|80||a",
  "99999",
]) {
  test(`"${name}" is no route configuration of ours`, () => {
    assert.equal(parseRouteConfigurationName(name), undefined);
  });
}

test("VHDS asks for an authority of a route configuration", () => {
  const routes = routeConfigurationName({ of: "port", port: 80 });
  assert.equal(vhdsName(routes, "reviews:80"), "80/reviews:80");
  assert.deepEqual(parseVhdsName("80/reviews:80"), { routes, authority: "reviews:80" });
  assert.equal(parseVhdsName("reviews:80"), undefined);
  assert.equal(parseVhdsName("/reviews:80"), undefined);
});

function https(gateway: string, namespace: string, bind?: string): RouteConfigurationRef {
  return { of: "https gateway", port: 443, portName: "web", gateway, namespace, bind };
}
