import assert from "node:assert/strict";
import { test } from "node:test";
import { isTrustDomain, parseSpiffeId, spiffeId, trustDomainId } from "#identity/spiffe-id.ts";

const reviews = { trustDomain: "cluster.local", namespace: "shop", serviceAccount: "reviews" };

test("an id is made and read back", () => {
  assert.equal(spiffeId(reviews), "spiffe://cluster.local/ns/shop/sa/reviews");
  assert.deepEqual(parseSpiffeId("spiffe://cluster.local/ns/shop/sa/reviews"), reviews);
});

const longSegment = "a".repeat(63);
const good: readonly [id: string, why: string][] = [
  ["spiffe://td/ns/a/sa/b", "one-letter names"],
  ["spiffe://my_mesh-1.example/ns/shop/sa/reviews.v1", "a service account may have dots"],
  [`spiffe://td/ns/${longSegment}/sa/b`, "63 characters of namespace"],
];

for (const [id, why] of good) {
  test(`${id} is an id: ${why}`, () => {
    const parts = parseSpiffeId(id);
    assert.ok(parts);
    assert.equal(spiffeId(parts), id);
  });
}

const bad: readonly [id: string, why: string][] = [
  ["", "nothing"],
  ["http://cluster.local/ns/shop/sa/reviews", "another scheme"],
  ["SPIFFE://cluster.local/ns/shop/sa/reviews", "an upper-case scheme is a second spelling"],
  ["spiffe://Cluster.local/ns/shop/sa/reviews", "an upper-case trust domain is a second spelling"],
  ["spiffe:///ns/shop/sa/reviews", "no trust domain"],
  ["spiffe://cluster..local/ns/shop/sa/reviews", "an empty part in the trust domain"],
  ["spiffe://cluster.local:443/ns/shop/sa/reviews", "a port"],
  ["spiffe://user@cluster.local/ns/shop/sa/reviews", "a user"],
  ["spiffe://cluster.local/ns/shop/sa/reviews?x=1", "a query"],
  ["spiffe://cluster.local/ns/shop/sa/reviews#x", "a fragment"],
  ["spiffe://cluster.local/ns/shop/sa/revi%65ws", "a percent sign"],
  ["spiffe://cluster.local/ns/shop/../sa/reviews", "a way up"],
  ["spiffe://cluster.local/ns/../sa/reviews", "a way up as namespace"],
  ["spiffe://cluster.local/ns/shop/sa/..", "a way up as service account"],
  ["spiffe://cluster.local/ns/shop/sa/reviews/", "a slash at the end"],
  ["spiffe://cluster.local//ns/shop/sa/reviews", "an empty segment"],
  ["spiffe://cluster.local/ns/shop/sa/", "no service account"],
  ["spiffe://cluster.local/ns/shop", "no service account at all"],
  ["spiffe://cluster.local/NS/shop/sa/reviews", "an upper-case marker"],
  ["spiffe://cluster.local/ns/shop/sa/reviews\n", "a line break"],
  ["spiffe://cluster.local/ns/shop/sa/reviews\0.evil", "a zero byte"],
  ["spiffe://cluster.local/ns/-shop/sa/reviews", "a dash in front"],
  ["spiffe://cluster.local/ns/shöp/sa/reviews", "a letter that is not ASCII"],
  [`spiffe://td/ns/${longSegment}a/sa/b`, "64 characters of namespace"],
  [`spiffe://td/ns/a/sa/${"b".repeat(2048)}`, "over SPIFFE's own limit"],
];

for (const [id, why] of bad) {
  test(`${JSON.stringify(id.slice(0, 60))} is no id: ${why}`, () => assert.equal(parseSpiffeId(id), undefined));
}

for (const part of ["a/sa/b", "..", "", "A", "a\n"]) {
  test(`no id is made with ${JSON.stringify(part)} in any place`, () => {
    for (const place of ["trustDomain", "namespace", "serviceAccount"] as const) {
      if (place === "trustDomain" && isTrustDomain(part)) continue;
      assert.throws(() => spiffeId({ ...reviews, [place]: part }), /is not a/);
    }
    assert.throws(() => trustDomainId(part), /is not a trust domain/);
  });
}
