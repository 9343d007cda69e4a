import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seconds } from "#base/duration.ts";
import { openAuthority } from "#identity/authority.ts";
import { spiffeId } from "#identity/spiffe-id.ts";
import { encodeSubject, parseSubject, type Subject } from "#identity/subject.ts";
import { generateKeyAndCsr, makeSvid, renewAt } from "#identity/svid.ts";

const directory = mkdtempSync(join(tmpdir(), "stod-svid-"));
after(() => rmSync(directory, { recursive: true }));
const authority = openAuthority(join(directory, "ca"), { trustDomain: "cluster.local", now: () => new Date() });
const ratings = spiffeId({ trustDomain: "cluster.local", namespace: "shop", serviceAccount: "ratings" });

function issue() {
  const { privateKey, csr } = generateKeyAndCsr(ratings);
  const signed = authority.sign({ for: { csr }, spiffeId: ratings, dnsNames: [], subject: {}, ttl: seconds(3600) });
  return { privateKey, chain: signed.chain, signed };
}

test("a key and its chain make an SVID that knows whose it is and when it ends", () => {
  const { privateKey, chain, signed } = issue();
  const svid = makeSvid({ privateKey, chain });
  assert.equal(svid.spiffeId, ratings);
  assert.deepEqual([svid.notBefore, svid.notAfter], [signed.notBefore, signed.notAfter]);
});

const mine = issue();
const refused: readonly [what: string, parts: { privateKey: string; chain: string }, says: RegExp][] = [
  ["another key", { ...mine, privateKey: issue().privateKey }, /does not belong/],
  ["no chain", { ...mine, chain: "" }, /not made of PEM/],
  ["text for a chain", { ...mine, chain: "hello" }, /not made of PEM/],
  ["text for a key", { ...mine, privateKey: "hello" }, /cannot be read/],
  ["an authority's certificate", { ...mine, chain: authority.rootBundle }, /does not belong/],
  ["a chain cut off", { ...mine, chain: mine.chain.slice(0, 300) }, /not made of PEM/],
];

for (const [what, parts, says] of refused) {
  test(`no SVID from ${what}`, () => assert.throws(() => makeSvid(parts), { name: "SvidFault", message: says }));
}

const lives: readonly [random: number, minutes: number][] = [
  [0, 45],
  [0.5, 50],
  [0.999999, 55],
];

for (const [random, minutes] of lives) {
  test(`of a life of 100 minutes, chance ${random} renews after ${minutes}`, () => {
    const notBefore = new Date("2027-01-01T00:00:00Z");
    const notAfter = new Date(notBefore.getTime() + 100 * 60_000);
    const at = renewAt({ notBefore, notAfter }, () => random);
    assert.equal(Math.round((at.getTime() - notBefore.getTime()) / 60_000), minutes);
  });
}

const long = "reviews-with-a-name-".repeat(6);
const printed: readonly [printed: string, subject: Subject][] = [
  ["CN=reviews-v1,OU=v1,O=reviews", { workload: "reviews-v1", version: "v1", app: "reviews" }],
  ["O=reviews,CN=reviews-v1", { workload: "reviews-v1", app: "reviews" }],
  ["", {}],
  ["C=SE,CN=old", { workload: "old" }],
];

for (const [text, subject] of printed) {
  test(`the subject "${text}" is read back`, () => assert.deepEqual(parseSubject(text), subject));
}

test("a name over 64 letters keeps its start and stays apart from its like", () => {
  const one = encodeSubject({ workload: `${long}1` }).toString("latin1");
  const two = encodeSubject({ workload: `${long}2` }).toString("latin1");
  assert.notEqual(one, two);
  assert.match(one, new RegExp(`${long.slice(0, 55)}-[0-9a-f]{8}$`));
});
