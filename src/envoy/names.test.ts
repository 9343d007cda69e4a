import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ClusterRef,
  clusterName,
  type ListenerRef,
  listenerName,
  parseClusterName,
  parseListenerName,
  parseSni,
  parseVirtualHostName,
  sniOf,
  virtualHostName,
} from "#envoy/names.ts";

const reviews = "reviews.shop.svc.cluster.local";

const clusters: readonly [name: string, sni: string, ref: ClusterRef][] = [
  [`outbound|80||${reviews}`, `outbound_.80_._.${reviews}`, ref("outbound", 80, undefined, reviews)],
  [`outbound|80|v1|${reviews}`, `outbound_.80_.v1_.${reviews}`, ref("outbound", 80, "v1", reviews)],
  ["outbound|443||*.example.com", "outbound_.443_._.*.example.com", ref("outbound", 443, undefined, "*.example.com")],
  ["inbound|9080||", "inbound_.9080_._.", ref("inbound", 9080, undefined, "")],
  ["inbound-vip|80|http|a.b", "inbound-vip_.80_.http_.a.b", ref("inbound-vip", 80, "http", "a.b")],
];

for (const [name, sni, cluster] of clusters) {
  test(`cluster ${name}, with the server name ${sni}`, () => {
    assert.equal(clusterName(cluster), name);
    assert.deepEqual(parseClusterName(name), cluster);
    assert.equal(sniOf(cluster), sni);
    assert.deepEqual(parseSni(sni), cluster);
  });
}

test("a subset may have dots and a host may have the separator of server names", () => {
  assert.deepEqual(parseSni("outbound_.80_.v1.2_.a_.b"), ref("outbound", 80, "v1.2", "a_.b"));
});

const notClusters = [
  "BlackHoleCluster",
  "",
  "outbound|80|v1",
  "outbound|80|v1|host|more",
  "sideways|80||host",
  "outbound|eighty||host",
  "outbound|70000||host",
  "outbound|||host",
];
for (const name of notClusters) {
  test(`"${name}" is no cluster of a service`, () => assert.equal(parseClusterName(name), undefined));
}

for (const sni of ["reviews.shop", "", "outbound_.80_.v1", "sideways_.80_._.host", "outbound_.eighty_._.host"]) {
  test(`"${sni}" is no server name of a sidecar`, () => assert.equal(parseSni(sni), undefined));
}

const listeners: readonly [name: string, ref: ListenerRef | undefined][] = [
  ["0.0.0.0_80", { address: "0.0.0.0", port: 80, transport: "tcp" }],
  ["10.0.0.1_9000", { address: "10.0.0.1", port: 9000, transport: "tcp" }],
  ["::_80", { address: "::", port: 80, transport: "tcp" }],
  ["udp_0.0.0.0_443", { address: "0.0.0.0", port: 443, transport: "quic" }],
  ["virtualOutbound", undefined],
  ["0.0.0.0_http", undefined],
  ["0.0.0.0_99999", undefined],
];
for (const [name, listener] of listeners) {
  test(`listener ${name}${listener ? "" : ": names no address"}`, () => {
    assert.deepEqual(parseListenerName(name), listener);
    if (listener !== undefined) assert.equal(listenerName(listener), name);
  });
}

const virtualHosts: readonly [name: string, host: string | undefined, port?: number][] = [
  [`${reviews}:80`, reviews, 80],
  ["*.example.com:443", "*.example.com", 443],
  ["[2001:db8::1]:80", "2001:db8::1", 80],
  ["allow_any", undefined],
  ["inbound|http|9080", undefined],
  ["host:", undefined],
  ["::1", undefined],
];
for (const [name, host, port] of virtualHosts) {
  test(`virtual host ${name}${host ? "" : ": names no host and port"}`, () => {
    const expected = host === undefined || port === undefined ? undefined : { host, port };
    assert.deepEqual(parseVirtualHostName(name), expected);
    if (expected !== undefined) assert.equal(virtualHostName(expected), name);
  });
}

function ref(direction: ClusterRef["direction"], port: number, subset: string | undefined, host: string): ClusterRef {
  return { direction, port, subset, host };
}
