import assert from "node:assert/strict";
import { test } from "node:test";
import { applyText } from "#apps/cli/commands/apply.ts";
import { namesIn } from "#apps/cli/commands/delete.ts";
import { parseWish } from "#apps/cli/commands/scale.ts";
import { lineDiff } from "#apps/cli/line-diff.ts";
import { exitCodeOf, printFault, UsageFault } from "#apps/cli/print-fault.ts";
import { isLive, rolloutText } from "#apps/cli/rollout.ts";
import { columns } from "#apps/cli/terminal.ts";
import { instancesCalled } from "#apps/cli/which-instance.ts";
import { HostFault } from "#host/host-fault.ts";

const rollout = { version: 3, proxies: 9, live: 9, ms: 23.4, refusals: [] };
const refusal = {
  proxy: "client-7d4.shop",
  typeUrl: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
  resource: "80",
  madeFrom: ["VirtualService shop/reviews", { kind: "Service", namespace: "shop", name: "reviews" }],
  envoySays: "value must be greater than 0s\n",
};

test("a change that is live says where and how fast", () => {
  assert.equal(rolloutText(rollout), "live on 9 of 9 proxies in 23 ms");
  assert.equal(rolloutText({ ...rollout, proxies: 1, live: 1 }), "live on 1 of 1 proxy in 23 ms");
  assert.equal(rolloutText({ ...rollout, proxies: 0, live: 0 }), "no proxy is concerned");
});

test("a refusal names the proxy, the resource, what it was made from, and Envoy's own words last", () => {
  const text = rolloutText({ ...rollout, live: 8, refusals: [refusal] });
  assert.equal(
    text,
    `live on 8 of 9 proxies in 23 ms
error STOD0901  proxy client-7d4.shop refused the route configuration 80, and keeps the one it had
  Made from: VirtualService shop/reviews, Service shop/reviews.
  Envoy says: value must be greater than 0s`,
  );
  assert.deepEqual([isLive(undefined), isLive(rollout), isLive({ ...rollout, live: 8 })], [true, true, false]);
});

test("applying prints a line each object, each finding once, then where it is live", () => {
  const found = {
    code: "STOD0214",
    severity: "warning",
    object: undefined,
    path: "",
    file: "a.yaml",
    line: 3,
  } as const;
  const finding = { ...found, says: "this is odd", help: "Look." };
  const object = { kind: "VirtualService", namespace: "shop", name: "reviews" };
  const answer = { results: [{ object, action: "updated", findings: [finding] }], findings: [finding], rollout };
  assert.equal(
    applyText(answer, { wait: true, dryRun: false }),
    "VirtualService shop/reviews updated\nwarning STOD0214  (a.yaml:3)\n  this is odd.\n  Look.\nlive on 9 of 9 proxies in 23 ms",
  );
});

const faults: readonly [fault: Error, text: string, code: number][] = [
  [new HostFault("port 80", "it is taken", "Take another."), "error  port 80: it is taken.\n  Take another.", 1],
  [new UsageFault("that is no kind", "There are: a, b."), "error  that is no kind.\n  There are: a, b.", 2],
  [
    new TypeError("x is undefined"),
    "error  x is undefined\n  This is a fault in stod. STOD_DEBUG=1 shows where it happened.",
    1,
  ],
];

for (const [fault, text, code] of faults) {
  test(`a ${fault.name} is printed with where, what and what to do`, () => {
    assert.equal(printFault(fault), text);
    assert.equal(exitCodeOf(fault), code);
  });
}

const diffs: readonly [before: string, after: string, lines: readonly string[]][] = [
  ["a\nb\n", "a\nb\n", []],
  ["", "a\nb\n", ["+ a", "+ b"]],
  ["a\nb\nc\n", "a\nx\nc\n", ["  a", "- b", "+ x", "  c"]],
  ["1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\n7\n", ["  3", "  4", "  5", "- 6", "+ 7"]],
  [
    "x\n1\n2\n3\n4\n5\n6\n7\n8\ny\n",
    "1\n2\n3\n4\n5\n6\n7\n8\n",
    ["- x", "  1", "  2", "  3", "  ...", "  6", "  7", "  8", "- y"],
  ],
];

for (const [before, after, lines] of diffs) {
  test(`from ${JSON.stringify(before)} to ${JSON.stringify(after)}`, () =>
    assert.deepEqual(lineDiff(before, after), lines));
}

test("columns are as wide as what is in them, whatever its colour", () => {
  assert.equal(
    columns([
      ["A", "B"],
      ["\u001b[1mlong\u001b[0m", "x"],
      ["s", ""],
    ]),
    "A      B\n\u001b[1mlong\u001b[0m   x\ns",
  );
});

test("a wish is SERVICE=N or SERVICE/VERSION=N", () => {
  assert.deepEqual(parseWish("reviews/v1=3"), { service: "reviews", version: "v1", replicas: 3 });
  assert.deepEqual(parseWish("web=0"), { service: "web", version: undefined, replicas: 0 });
  for (const wrong of ["web", "web=", "web=-1", "web=1.5", "=3", "a/b/c=1"])
    assert.throws(() => parseWish(wrong), UsageFault);
});

const instances = ["reviews-v1-1", "reviews-v1-0", "reviews-v2-0"].map((name) => ({
  name,
  workload: name.slice(0, -2),
  service: "reviews",
}));

const meant: readonly [asked: string, names: string][] = [
  ["reviews-v1-1", "reviews-v1-1"],
  ["reviews-v1", "reviews-v1-0 reviews-v1-1"],
  ["reviews", "reviews-v1-0 reviews-v1-1 reviews-v2-0"],
];

for (const [asked, names] of meant) {
  test(`${asked} is ${names}`, () => {
    assert.equal(
      instancesCalled(asked, instances)
        .map(({ name }) => name)
        .join(" "),
      names,
    );
  });
}

test("what has no name near it lists what there is", () => {
  assert.throws(() => instancesCalled("revews", instances), { help: "Did you mean reviews?" });
  assert.throws(() => instancesCalled("payments", instances), { help: /^There are: reviews-v1-1, / });
});

test("objects to delete are named by a file as they would be applied from it", () => {
  const text = "kind: Service\nmetadata: { name: a }\n---\n---\nkind: Gateway\nmetadata: { name: b, namespace: n }\n";
  assert.deepEqual(namesIn(text, "f", "d"), [
    { kind: "Service", namespace: "d", name: "a" },
    { kind: "Gateway", namespace: "n", name: "b" },
  ]);
  assert.throws(() => namesIn("kind: X\n", "f", "d"), /f has something in it that has no kind or name/);
  assert.throws(() => namesIn("a: [", "f", "d"), /^UsageFault: f is not YAML/);
});
