import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { clusterType, endpointsType, listenerType, virtualHostType } from "#xds/type-urls.ts";
import { Client, type Who } from "./client.ts";
import { routing, rule, service } from "./objects.ts";
import { Running } from "./running.ts";

const virtualHost = "80/reviews.shop.svc.cluster.local:80";
const both = service("reviews") + rule("reviews", ["v1", "v2"]);

function connect(cp: Running, who: Who): Client {
  return new Client({ unix: join(cp.state, "run", "xds.sock") }, who);
}

test("apply --wait counts the proxies that have the change, and names who refused what, and what it was made from", async () => {
  await using cp = await Running.start();
  await cp.apply(both);
  using one = connect(cp, { name: "one" });
  using two = connect(cp, { name: "two" });
  for (const client of [one, two]) await client.until(() => client.names(virtualHostType).includes(virtualHost));
  const before = one.has.get(virtualHostType)?.get(virtualHost);

  const good = await cp.apply(routing("reviews", "{ host: reviews, subset: v1 }"), { wait: true });
  assert.deepEqual([good.body.rollout.proxies, good.body.rollout.live], [2, 2]);
  assert.deepEqual(good.body.rollout.refusals, []);
  for (const client of [one, two]) assert.notDeepEqual(client.has.get(virtualHostType)?.get(virtualHost), before);

  two.refuses = (name) => (name === virtualHost ? "no such thing" : undefined);
  const bad = await cp.apply(routing("reviews", "{ host: reviews, subset: v2 }"), { wait: "10s" });
  assert.deepEqual([bad.body.rollout.proxies, bad.body.rollout.live], [2, 1]);
  const [{ madeFrom, ...refusal }] = bad.body.rollout.refusals;
  assert.deepEqual(refusal, {
    proxy: "two.shop",
    typeUrl: virtualHostType,
    resource: virtualHost,
    envoySays: "no such thing",
  });
  assert.ok(madeFrom.includes("VirtualService shop/reviews"), `${madeFrom}`);
  assert.ok(madeFrom.includes("Service shop/reviews"), `${madeFrom}`);
  const { body } = await cp.ask("GET", "/v1/findings");
  const [finding] = body.findings;
  assert.equal(finding.code, "STOD0901");
  assert.match(finding.says, /proxy two\.shop refused VHDS .*VirtualService shop\/reviews.*no such thing/);
});

test("a change that concerns no proxy is live at once", async () => {
  await using cp = await Running.start();
  const { body } = await cp.apply(service("reviews"), { wait: true });
  assert.deepEqual([body.rollout.proxies, body.rollout.live, body.rollout.refusals], [0, 0, []]);
});

test("where routes begin to tell callers apart, proxies are sent what differs, and lose nothing meanwhile", async () => {
  await using cp = await Running.start();
  await cp.apply(both);
  using one = connect(cp, { name: "one", labels: { app: "one" } });
  using two = connect(cp, { name: "two", labels: { app: "two" } });
  for (const client of [one, two]) await client.until(() => client.names(virtualHostType).includes(virtualHost));
  const before = new Map([...two.has].map(([type, held]) => [type, new Map(held)]));
  const text = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews]
  http:
    - match: [{ sourceLabels: { app: one } }]
      route: [{ destination: { host: reviews, subset: v2 } }]
    - route: [{ destination: { host: reviews } }]
`;
  const { body } = await cp.apply(text, { wait: true });
  assert.deepEqual([body.rollout.proxies, body.rollout.live], [2, 2]);
  assert.notDeepEqual(one.has.get(virtualHostType)?.get(virtualHost), two.has.get(virtualHostType)?.get(virtualHost));
  assert.deepEqual([one.removed, two.removed], [[], []]);
  assert.deepEqual(two.has.get(clusterType), before.get(clusterType));

  await cp.ask("DELETE", "/v1/objects/VirtualService/shop/reviews?wait=true");
  assert.deepEqual([one.removed, two.removed], [[], []]);
  assert.deepEqual(one.has, two.has);
  assert.deepEqual(two.names(listenerType), [...(before.get(listenerType)?.keys() ?? [])].sort());
});

test("what is left by proxies that are gone is forgotten", async () => {
  await using cp = await Running.start();
  await cp.apply(both);
  const scopes = () => cp.running.parts.mesh.scopes.reduce((sum, { size }) => sum + size, 0);
  for (let nth = 0; nth < 3; nth++) {
    using client = connect(cp, { name: `client-${nth}`, labels: { pod: `${nth}` } });
    await client.until(() => client.names(virtualHostType).includes(virtualHost));
  }
  using last = connect(cp, { name: "last", namespace: "bank" });
  await last.until(() => last.names(virtualHostType).includes(virtualHost));
  await cp.apply(service("ratings"), { wait: true });
  assert.equal(scopes(), 2);
});

test("a subset that goes away under a route, and comes back, costs no request its way", async () => {
  await using cp = await Running.start();
  await cp.apply(both + routing("reviews", "{ host: reviews, subset: v2 }"));
  using client = connect(cp, { name: "client" });
  const cluster = "outbound|80|v2|reviews.shop.svc.cluster.local";
  await client.until(() => client.names(clusterType).includes(cluster) && client.names(virtualHostType).length > 0);
  const routed = client.has.get(virtualHostType)?.get(virtualHost);

  const wrong = await cp.apply(routing("reviews", "{ host: reviews, subset: v3 }"), { wait: true });
  assert.equal(wrong.body.findings[0].code, "STOD0220");
  assert.deepEqual(client.has.get(virtualHostType)?.get(virtualHost), routed, "the route that worked stays");

  await cp.apply(rule("reviews", ["v1", "v2", "v3"]), { wait: true });
  assert.notDeepEqual(
    client.has.get(virtualHostType)?.get(virtualHost),
    routed,
    "the route is as written, now that it can be",
  );
  assert.deepEqual((await cp.ask("GET", "/v1/findings")).body.findings, []);
});

test("a subset that is taken away stays as long as a route leads to it", async () => {
  await using cp = await Running.start();
  await cp.apply(both + routing("reviews", "{ host: reviews, subset: v2 }"));
  using client = connect(cp, { name: "client" });
  const cluster = "outbound|80|v2|reviews.shop.svc.cluster.local";
  await client.until(() => client.names(clusterType).includes(cluster));
  await cp.ask("DELETE", "/v1/objects/DestinationRule/shop/reviews?wait=true");
  assert.ok(client.names(clusterType).includes(cluster));
  assert.ok(client.names(endpointsType).includes(cluster));
  assert.deepEqual(
    (await cp.ask("GET", "/v1/findings")).body.findings.map(({ code }: { code: string }) => code),
    ["STOD0220"],
  );
  await cp.apply(routing("reviews", "{ host: reviews }"), { wait: true });
  assert.ok(!client.names(clusterType).includes(cluster), "then it goes");
});

test("of two VirtualServices for one host the older counts, and the other is told so", async () => {
  await using cp = await Running.start();
  await cp.apply(both + routing("reviews", "{ host: reviews, subset: v1 }"));
  using client = connect(cp, { name: "client" });
  await client.until(() => client.names(virtualHostType).includes(virtualHost));
  const routed = client.has.get(virtualHostType)?.get(virtualHost);
  const second = await cp.apply(routing("a-second", "{ host: reviews, subset: v2 }", "reviews"), { wait: true });
  const [{ code, line, says }] = second.body.findings;
  assert.deepEqual([code, line], ["IST0109", 5]);
  assert.match(says, /routed by VirtualService shop\/reviews already/);
  assert.deepEqual(client.has.get(virtualHostType)?.get(virtualHost), routed);
  await cp.ask("DELETE", "/v1/objects/VirtualService/shop/reviews?wait=true");
  assert.notDeepEqual(client.has.get(virtualHostType)?.get(virtualHost), routed);
});
