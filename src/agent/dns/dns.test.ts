import assert from "node:assert/strict";
import { Resolver as NodeResolver } from "node:dns/promises";
import { connect } from "node:net";
import { test } from "node:test";
import { decode, encode } from "dns-packet";
import { judge } from "#agent/dns/answer.ts";
import { directNames } from "#agent/dns/direct-names.ts";
import { framed, messagesOf } from "#agent/dns/forward.ts";
import { NameTable, parseNamesChange } from "#agent/dns/name-table.ts";
import { DnsServer } from "#agent/dns/server.ts";

function shop(): NameTable {
  const names = new NameTable();
  names.apply({
    names: {
      "reviews.shop.svc.cluster.local": ["240.240.0.1"],
      "both.shop.svc.cluster.local": ["240.240.0.2", "fd00::2"],
      "*.example.com": ["240.240.0.3"],
      "many.shop.svc.cluster.local": Array.from({ length: 100 }, (_, n) => `10.128.1.${n}`),
    },
  });
  return names;
}

const rows: readonly [
  name: string,
  type: "A" | "AAAA" | "TXT",
  gets: string[] | "NXDOMAIN" | "forward" | "truncated",
  why?: string,
][] = [
  ["reviews.shop.svc.cluster.local", "A", ["240.240.0.1"]],
  ["Reviews.Shop.svc.cluster.local", "A", ["240.240.0.1"], "the case of a name does not count"],
  ["reviews.shop.svc.cluster.local", "AAAA", [], "the name is there, and has no such address"],
  ["reviews.shop.svc.cluster.local", "TXT", []],
  ["both.shop.svc.cluster.local", "AAAA", ["fd00::2"]],
  ["nobody.shop.svc.cluster.local", "A", "NXDOMAIN"],
  ["reviews.shop.svc.cluster.local.svc.cluster.local", "A", "NXDOMAIN", "what a search list makes"],
  ["api.example.com", "A", ["240.240.0.3"]],
  ["a.b.example.com", "A", ["240.240.0.3"]],
  ["example.com", "A", "forward", "a wildcard stands for something"],
  ["notcluster.local", "A", "forward"],
  ["many.shop.svc.cluster.local", "A", "truncated", "it does not fit into 512 bytes"],
];

for (const [name, type, gets, why] of rows) {
  test(`DNS: ${type} of ${name} is ${gets}${why ? `: ${why}` : ""}`, () => {
    const verdict = judge(encode({ type: "query", id: 7, questions: [{ type, name }] }), shop(), "cluster.local", 512);
    if (gets === "forward") return assert.equal(verdict.do, "forward");
    assert.ok(verdict.do === "answer");
    const { id, rcode, answers, flag_tc } = decode(verdict.bytes) as ReturnType<typeof decode> & { rcode: string };
    assert.equal(id, 7);
    assert.equal(rcode, gets === "NXDOMAIN" ? "NXDOMAIN" : "NOERROR");
    assert.equal(flag_tc, gets === "truncated");
    const data = answers?.map((answer) => "data" in answer && answer.data);
    assert.deepEqual(data, Array.isArray(gets) ? gets : []);
  });
}

const instance = { service: "reviews", namespace: "shop", address: "10.128.0.6", ready: true };
const directRows: readonly [name: string, instances: (typeof instance)[], gets: string[] | undefined, why: string][] = [
  ["reviews.shop.svc.cluster.local", [instance], ["10.128.0.6"], "its instance"],
  ["Reviews.shop.svc.cluster.local.", [instance], ["10.128.0.6"], "however it is written"],
  [
    "reviews.shop.svc.cluster.local",
    [{ ...instance, ready: false }],
    ["240.240.0.1"],
    "as for everybody, with none ready",
  ],
  [
    "reviews.shop.svc.cluster.local",
    [{ ...instance, namespace: "test" }],
    ["240.240.0.1"],
    "another service's do not count",
  ],
  ["api.example.com", [instance], ["240.240.0.3"], "as for everybody, where it is no service of this host's"],
  [
    "nobody.shop.svc.cluster.local",
    [{ ...instance, service: "nobody" }],
    undefined,
    "nothing, where there is no such name",
  ],
];
for (const [name, instances, gets, why] of directRows) {
  test(`DNS: to a workload without a proxy, ${name} is ${why}`, () => {
    assert.deepEqual(directNames(shop(), () => instances, "cluster.local").lookup(name)?.v4, gets);
  });
}

test("DNS: what is no query gets no answer", () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("hello"), Buffer.alloc(12, 0xff)]) {
    assert.equal(judge(bytes, shop(), "cluster.local", 512).do, "ignore");
  }
});

test("DNS: a change takes names off and brings new ones; nonsense is not a change", () => {
  const names = shop();
  names.apply({ changed: { "reviews.shop.svc.cluster.local": [], "new.shop.svc.cluster.local": ["240.240.0.9"] } });
  assert.equal(names.lookup("reviews.shop.svc.cluster.local"), undefined);
  assert.deepEqual(names.lookup("new.shop.svc.cluster.local")?.v4, ["240.240.0.9"]);
  for (const text of ["", "{", "[]", '{"names":{"a":["nowhere"]}}', '{"names":{"a":"10.0.0.1"}}']) {
    assert.equal(parseNamesChange(text), undefined, text);
  }
});

test("DNS: a real resolver gets the mesh's names from us, and the others from our resolver", async (t) => {
  const outside = new NameTable();
  outside.apply({ names: { "debian.org": ["192.0.2.1"] } });
  const upstream = await DnsServer.listen({
    address: "127.0.0.1",
    port: 0,
    names: outside,
    domain: "org",
    resolvers: [],
  });
  t.after(() => upstream.close());
  const server = await DnsServer.listen({
    address: "127.0.0.1",
    port: 0,
    names: shop(),
    domain: "cluster.local",
    resolvers: [{ address: "127.0.0.1", port: upstream.port }],
  });
  t.after(() => server.close());
  const resolver = new NodeResolver();
  resolver.setServers([`127.0.0.1:${server.port}`]);

  assert.deepEqual(await resolver.resolve4("reviews.shop.svc.cluster.local"), ["240.240.0.1"]);
  assert.deepEqual(await resolver.resolve4("debian.org"), ["192.0.2.1"]);
  assert.equal((await resolver.resolve4("many.shop.svc.cluster.local")).length, 100, "over TCP");
  await assert.rejects(resolver.resolve4("gone.org"), { code: "ENOTFOUND" });
  await assert.rejects(resolver.resolve4("nobody.shop.svc.cluster.local"), { code: "ENOTFOUND" });
  await assert.rejects(resolver.resolve4("example.net"), { code: "EREFUSED" });

  const connection = connect(server.port, "127.0.0.1");
  t.after(() => connection.destroy());
  const answer = new Promise<Buffer>((resolve) => messagesOf(connection, resolve));
  connection.write(framed(encode({ type: "query", id: 9, questions: [{ type: "A", name: "debian.org" }] })));
  assert.equal(decode(await answer).answers?.length, 1);
});
