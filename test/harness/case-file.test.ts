import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCase } from "./case-file.ts";

const whole = `# Why.
kind: Case
proxy: shop/client
show: [routes, { clusters: "outbound|80|*" }]
traffic:
  - { get: "http://reviews/a?b=1", upstream: [503, reset, { delay: 1s }], expect: 200, seen: { headers: { X-A: null } } }
---
kind: Service
`;

test("a case is read with its lines kept, so that findings point to the right ones", () => {
  const read = parseCase(whole);
  assert.equal(read.about, "Why.");
  assert.deepEqual(read.show, [
    { part: "routes", named: undefined, fields: undefined },
    { part: "clusters", named: "outbound|80|*", fields: undefined },
  ]);
  assert.equal(read.objects.split("\n")[7], "kind: Service");
  const [row] = read.traffic;
  assert.deepEqual(
    row?.upstream.map(({ status, delayMs, resets }) => [status, delayMs, resets]),
    [
      [503, 0, false],
      [0, 0, true],
      [200, 1000, false],
    ],
  );
  assert.deepEqual(row?.sends.is === "http" && row.sends.seen?.headers, { "x-a": null });
});

const faults: readonly [from: string, to: string, says: RegExp][] = [
  ["kind: Case", "kind: Chase", /kind: Case/],
  ["show:", "shows:", /shows is none of kind, proxy/],
  ["[routes,", "[roots,", /roots is none of listeners, routes/],
  ["expect: 200", "expect: OK", /traffic\[0\]\.expect: it is a status, or closed/],
  ["delay: 1s", "delay: soon", /traffic\[0\]\.upstream\[2\]\.delay: soon is no duration/],
  ["proxy: shop/client", "proxy: [", /flow|expected/i],
];

for (const [from, to, says] of faults) {
  test(`"${to}" is refused: ${says}`, () => {
    assert.throws(() => parseCase(whole.replace(from, to)), says);
  });
}
