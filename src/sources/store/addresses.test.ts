import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seconds } from "#base/duration.ts";
import { formatAddress, parseRange } from "#sources/store/address-range.ts";
import { openStore } from "#sources/store/store.ts";

const temporary = mkdtempSync(join(tmpdir(), "stod-addresses-"));
after(() => rmSync(temporary, { recursive: true }));
let count = 0;
const fresh = () => join(temporary, `${count++}.db`);
const hour = 3_600_000;

function open(path: string, range = "240.240.0.0/16", now = () => new Date(0)) {
  return openStore(path, { now, maxRevisions: 10, addresses: { range, quarantine: seconds(3600) } });
}

const host = (n: number) => `service-${n}.shop.svc.cluster.local`;
const hosts = (n: number) => Array.from({ length: n }, (_, i) => host(i));

test("thousands of hosts get addresses of the range, each its own, none ending in 0 or 255", () => {
  const store = open(fresh());
  const given = store.addresses.allocate(hosts(3000));
  assert.equal(new Set(given.values()).size, 3000);
  for (const address of given.values()) assert.match(address, /^240\.240\.\d+\.(?!0$|255$)\d+$/);
  assert.deepEqual(store.addresses.allocate(hosts(3000)), given);
  assert.deepEqual(new Map([...store.addresses.list()].sort()), new Map([...given].sort()));
  store.close();
});

test("a host keeps its address over restarts, and other meshes give it the same one", () => {
  const path = fresh();
  const first = open(path);
  const given = first.addresses.allocate(hosts(20));
  first.close();
  const second = open(path);
  assert.deepEqual(second.addresses.allocate(hosts(20)), given);
  second.close();
  const other = open(fresh());
  assert.equal(other.addresses.allocate([host(7)]).get(host(7)), given.get(host(7)));
  other.close();
});

test("a freed address is not given to another host, and its own host gets it back", () => {
  let at = 0;
  // A range of 253 usable addresses, so that all of them are used up.
  const store = open(fresh(), "240.240.0.0/24", () => new Date(at));
  const { addresses } = store;
  const given = addresses.allocate(hosts(250));
  addresses.free([host(3), host(4)]);
  assert.equal(addresses.list().size, 248);
  const others = addresses.allocate(["a", "b", "c", "d"]);
  const freed = [given.get(host(3)), given.get(host(4))];
  for (const address of others.values()) assert.ok(!freed.includes(address));
  assert.equal(addresses.allocate([host(3)]).get(host(3)), given.get(host(3)));
  const full = {
    name: "AddressesFault",
    message: /all addresses from 240\.240\.0\.0 to 240\.240\.0\.255 are in use, or were until less than 1h ago/,
  };
  assert.throws(() => addresses.allocate(["e"]), full);
  at = hour - 1;
  assert.throws(() => addresses.allocate(["e"]), full);
  at = hour;
  assert.equal(
    addresses.allocate(["e"]).get("e"),
    given.get(host(4)),
    "when all else is used, and the quarantine is over",
  );
  assert.throws(() => addresses.allocate([host(4), "f"]), full);
  assert.equal(addresses.list().size, 254);
  store.close();
});

test("of hosts that do not all fit, none gets an address", () => {
  const store = open(fresh(), "240.240.0.0/29");
  assert.throws(() => store.addresses.allocate(hosts(8)), { name: "AddressesFault" });
  assert.equal(store.addresses.list().size, 0);
  assert.equal(store.addresses.allocate(hosts(7)).size, 7);
  store.close();
});

test("another range moves the hosts that are outside of it", () => {
  const path = fresh();
  const first = open(path);
  first.addresses.allocate(hosts(5));
  first.close();
  const second = open(path, "10.96.0.0/12");
  for (const address of second.addresses.allocate(hosts(5)).values())
    assert.match(address, /^10\.(9[6-9]|10\d|11[01])\./);
  assert.equal(second.addresses.list().size, 5);
  second.close();
});

const ranges: readonly [text: string, first: string, last: string][] = [
  ["240.240.0.0/16", "240.240.0.0", "240.240.255.255"],
  ["10.96.3.7/12", "10.96.0.0", "10.111.255.255"],
  ["255.255.255.252/30", "255.255.255.252", "255.255.255.255"],
];

for (const [text, first, last] of ranges) {
  test(`${text} goes from ${first} to ${last}`, () => {
    const range = parseRange(text);
    assert.deepEqual([formatAddress(range.first), formatAddress(range.last)], [first, last]);
  });
}

for (const text of [
  "",
  "240.240.0.0",
  "240.240.0/16",
  "256.0.0.0/8",
  "010.0.0.0/8",
  "10.0.0.0/7",
  "10.0.0.0/31",
  "10.0.0.0/x",
  "::/16",
  "10.0.0.0/8/8",
]) {
  test(`"${text}" is no range`, () => assert.throws(() => parseRange(text), /is not a range of addresses/));
}
