import assert from "node:assert/strict";
import { test } from "node:test";
import { bySpecificity, commonHosts, fullHost, gatewayKey, hostCovers, hostsOverlap, mostSpecific } from "./hosts.ts";

const full: readonly [host: string, whole: string, why?: string][] = [
  ["reviews", "reviews.shop.svc.cluster.local"],
  ["reviews.other", "reviews.other", "a dot makes it a whole name, as in Istio"],
  ["reviews.shop.svc.cluster.local", "reviews.shop.svc.cluster.local"],
  ["shop.example.com", "shop.example.com"],
  ["*", "*"],
  ["*.example.com", "*.example.com"],
  ["10.1.2.3", "10.1.2.3"],
  ["fd00::1", "fd00::1", "an IPv6 address has no dot, and is no service either"],
  ["", "", "nothing stays nothing"],
];

for (const [host, whole, why] of full) {
  test(`host "${host}" in namespace shop is "${whole}"${why ? `: ${why}` : ""}`, () => {
    assert.equal(fullHost(host, "shop"), whole);
  });
}

const covers: readonly [outer: string, inner: string, covered: boolean, why?: string][] = [
  ["foo.com", "foo.com", true],
  ["foo.com", "bar.com", false],
  ["*.com", "foo.com", true],
  ["*.com", "a.b.foo.com", true, "a star stands for any number of labels"],
  ["*.foo.com", "foo.com", false, "but for at least one"],
  ["*", "foo.com", true],
  ["*", "*.com", true],
  ["*.com", "*", false],
  ["*.com", "*.foo.com", true],
  ["*.foo.com", "*.com", false],
  ["foo.com", "*.com", false, "a name covers no wildcard"],
];

for (const [outer, inner, covered, why] of covers) {
  test(`${outer} ${covered ? "covers" : "does not cover"} ${inner}${why ? `: ${why}` : ""}`, () => {
    assert.equal(hostCovers(outer, inner), covered);
  });
}

test("hosts overlap in whichever order they are named", () => {
  assert.equal(hostsOverlap("*.com", "shop.com"), true);
  assert.equal(hostsOverlap("shop.com", "*.com"), true);
  assert.equal(hostsOverlap("*.net", "*.com"), false);
});

const common: readonly [some: string[], others: string[], both: string[]][] = [
  [["foo.com", "bar.com"], ["*.com"], ["bar.com", "foo.com"]],
  [
    ["foo.com", "*.net"],
    ["*.com", "bar.net"],
    ["bar.net", "foo.com"],
  ],
  [["foo.com", "*.net"], ["*.bar.net"], ["*.bar.net"]],
  [["*"], ["shop.com"], ["shop.com"]],
  [["a.com"], ["b.com"], []],
];

for (const [some, others, both] of common) {
  test(`${some} and ${others} have ${both.length ? both : "nothing"} in common`, () => {
    assert.deepEqual(commonHosts(some, others), both);
  });
}

test("the most specific host comes first", () => {
  const hosts = ["*", "*.com", "b.com", "*.shop.com", "a.com", "www.shop.com"];
  assert.deepEqual(hosts.sort(bySpecificity), ["www.shop.com", "a.com", "b.com", "*.shop.com", "*.com", "*"]);
});

const entries = new Map(["*", "*.com", "*.shop.com", "www.shop.com"].map((host) => [host, host]));
const nearest: readonly [host: string, found: string][] = [
  ["www.shop.com", "www.shop.com"],
  ["api.shop.com", "*.shop.com"],
  ["a.b.shop.com", "*.shop.com"],
  ["shop.com", "*.com"],
  ["*.shop.com", "*.shop.com"],
  ["*.eu.shop.com", "*.shop.com"],
  ["*.net", "*"],
  ["localhost", "*"],
];

for (const [host, found] of nearest) {
  test(`of all hosts, ${found} is nearest to ${host}`, () => {
    assert.equal(mostSpecific(host, entries), found);
  });
}

test("where nothing covers a host, nothing is nearest", () => {
  assert.equal(mostSpecific("shop.com", new Map([["*.net", 1]])), undefined);
});

const gateways: readonly [name: string, key: string][] = [
  ["public", "shop/public"],
  ["edge/public", "edge/public"],
  ["./public", "shop/public"],
  ["public.edge", "edge/public"],
  ["public.edge.svc.cluster.local", "edge/public"],
];

for (const [name, key] of gateways) {
  test(`gateway "${name}" named in namespace shop is ${key}`, () => {
    assert.equal(gatewayKey(name, "shop"), key);
  });
}
