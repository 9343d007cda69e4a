import assert from "node:assert/strict";
import { test } from "node:test";
import { routing, rule, service } from "./objects.ts";
import { type Answer, Running } from "./running.ts";

const actions = ({ body }: Answer): string[] =>
  body.results.map(({ object, action }: { object: { name: string }; action: string }) => `${object.name} ${action}`);
const codes = ({ body }: Answer): string[] => body.findings.map(({ code }: { code: string }) => code);

test("objects are created, left alone, updated and deleted, and each write is in the history", async () => {
  await using cp = await Running.start();
  const both = service("reviews") + service("ratings");
  assert.deepEqual(actions(await cp.apply(both)), ["reviews created", "ratings created"]);
  assert.deepEqual(actions(await cp.apply(both)), ["reviews unchanged", "ratings unchanged"]);
  const changed = service("reviews", "{ name: http, port: 8080 }") + service("ratings");
  assert.deepEqual(actions(await cp.apply(changed)), ["reviews updated", "ratings unchanged"]);
  assert.equal((await cp.ask("DELETE", "/v1/objects/Service/shop/ratings")).status, 200);
  const { body } = await cp.ask("GET", "/v1/objects?kind=Service");
  assert.deepEqual(
    body.objects.map(({ metadata, spec }: { metadata: { name: string }; spec: { ports: { port: number }[] } }) => [
      metadata.name,
      spec.ports[0]?.port,
    ]),
    [["reviews", 8080]],
  );
  const all = await cp.ask("GET", "/v1/history");
  assert.deepEqual(
    all.body.changes.map(({ name, action }: { name: string; action: string }) => `${name} ${action}`),
    ["ratings deleted", "reviews updated", "ratings created", "reviews created"],
  );
  assert.ok(all.body.changes.every(({ at, what }: { at: string; what: string }) => Date.parse(at) > 0 && what !== ""));
  const one = await cp.ask("GET", "/v1/history?kind=Service&namespace=shop&name=reviews");
  assert.deepEqual(
    one.body.changes.map(({ action, what }: { action: string; what: string }) => `${action} by ${what}`),
    ["updated by stod apply -f mesh.yaml", "created by stod apply -f mesh.yaml"],
  );
  assert.equal((await cp.ask("DELETE", "/v1/objects/Service/shop/ratings")).status, 404);
});

const refused: readonly [what: string, text: string, wanted: string[], code: string][] = [
  [
    "a field of the wrong type",
    "apiVersion: v1\nkind: Service\nmetadata: { name: bad, namespace: shop }\nspec: { ports: 7 }\n---\n",
    ["bad refused", "reviews created"],
    "STOD0103",
  ],
  ["text that is not YAML", "kind: [\n---\n", ["? refused", "reviews created"], "STOD0101"],
  [
    "one object twice",
    service("ratings") + service("ratings", "{ port: 9 }"),
    ["ratings created", "ratings refused", "reviews created"],
    "STOD0905",
  ],
  [
    "an object that is too large for the store",
    service("large", "{ name: http, port: 80 }", `  externalName: ${"x".repeat(900_000)}\n`),
    ["large refused", "reviews created"],
    "STOD0906",
  ],
];

for (const [what, text, wanted, code] of refused) {
  test(`${what} is refused, and the rest applied`, async () => {
    await using cp = await Running.start();
    const answer = await cp.apply(text + service("reviews"));
    assert.deepEqual(actions(answer), wanted);
    assert.ok(codes(answer).includes(code), `${codes(answer)}`);
    assert.ok(
      answer.body.findings.every(({ file, line }: { file: string; line: number }) => file === "mesh.yaml" && line > 0),
    );
  });
}

test("the last good version stays in force when a bad one is applied", async () => {
  await using cp = await Running.start();
  await cp.apply(service("reviews"));
  const answer = await cp.apply(service("reviews", "{ name: http, port: many }"));
  assert.deepEqual(actions(answer), ["reviews refused"]);
  const { body } = await cp.ask("GET", "/v1/objects?kind=Service&namespace=shop&name=reviews");
  assert.equal(body.objects[0].spec.ports[0].port, 80);
});

test("a dry run tells what would happen, and a diff how, and neither does anything", async () => {
  await using cp = await Running.start();
  await cp.apply(service("reviews"));
  const text = service("reviews", "{ name: http, port: 81 }") + service("ratings");
  const dry = await cp.apply(text, { dryRun: true });
  assert.deepEqual(actions(dry), ["reviews updated", "ratings created"]);
  assert.equal(dry.body.rollout, undefined);
  const { body } = await cp.ask("POST", "/v1/diff", { documents: [{ file: "mesh.yaml", text }] });
  assert.match(body.objects[0].before, /port: 80,/);
  assert.match(body.objects[0].after, /port: 81/);
  assert.equal(body.objects[1].before, "");
  assert.equal((await cp.ask("GET", "/v1/objects")).body.objects.length, 1);
});

test("a resourceVersion that is not the object's any more is a conflict, and nothing is applied", async () => {
  await using cp = await Running.start();
  await cp.apply(service("reviews"));
  const { body } = await cp.ask("GET", "/v1/objects?kind=Service");
  const { resourceVersion } = body.objects[0].metadata;
  const text = (port: number) =>
    service("reviews", `{ name: http, port: ${port} }`).replace(
      "namespace: shop",
      `namespace: shop, resourceVersion: "${resourceVersion}"`,
    );
  assert.deepEqual(actions(await cp.apply(text(81))), ["reviews updated"]);
  const late = await cp.apply(service("ratings") + text(82));
  assert.equal(late.status, 409);
  assert.match(late.body.error.says, /Service shop\/reviews has version \d+ by now/);
  assert.equal((await cp.ask("GET", "/v1/objects?name=ratings")).body.objects.length, 0);
});

test("what comes to light only when objects are seen together is told at once, with its line", async () => {
  await using cp = await Running.start();
  const answer = await cp.apply(service("reviews") + routing("reviews", "{ host: reviews, subset: v9 }"));
  const [found] = answer.body.findings;
  assert.equal(found.code, "STOD0220");
  assert.deepEqual([found.file, found.line, found.path], ["mesh.yaml", 13, "spec.http[0].route[0].destination.subset"]);
  const { body } = await cp.ask("GET", "/v1/findings");
  assert.deepEqual(
    body.findings.map(({ code, line }: { code: string; line: number }) => [code, line]),
    [["STOD0220", 13]],
  );
  const mended = await cp.apply(rule("reviews", ["v9"]));
  assert.deepEqual(mended.body.findings, []);
  assert.deepEqual((await cp.ask("GET", "/v1/findings")).body.findings, []);
});
