import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { routing, rule, service } from "./objects.ts";
import { Running, until } from "./running.ts";

test("a file that goes bad leaves in force what was good, and its finding says where", async () => {
  await using cp = await Running.start({ files: { "mesh.yaml": service("reviews") + service("ratings") } });
  const portOf = async (name: string) => {
    const { body } = await cp.ask("GET", `/v1/objects?kind=Service&name=${name}`);
    return body.objects[0]?.spec.ports[0].port;
  };
  const bad = service("reviews", "{ name: http, port: many }") + service("ratings", "{ name: http, port: 81 }");
  writeFileSync(join(cp.config, "mesh.yaml"), bad);
  assert.equal(await until(async () => (await portOf("ratings")) === 81), true);
  assert.equal(await portOf("reviews"), 80);
  const { body } = await cp.ask("GET", "/v1/findings");
  assert.equal(body.findings.length, 1);
  const [{ file, line, path, severity }] = body.findings;
  assert.match(file, /mesh\.yaml$/);
  assert.deepEqual([line, path, severity], [6, "spec.ports[0].port", "error"]);
  rmSync(join(cp.config, "mesh.yaml"));
  await until(async () => (await portOf("ratings")) === undefined);
});

test("who watches findings hears of each one when it comes, and when it is gone", async () => {
  await using cp = await Running.start({ files: { "mesh.yaml": service("reviews") } });
  using lines = await cp.lines("/v1/findings?watch");
  assert.deepEqual(await lines.next(), { findings: [] });
  writeFileSync(join(cp.config, "mesh.yaml"), service("reviews", "{ name: http, port: many }"));
  const { findings } = (await lines.next()) as { findings: { path: string }[] };
  assert.deepEqual(
    findings.map(({ path }) => path),
    ["spec.ports[0].port"],
  );
  writeFileSync(join(cp.config, "mesh.yaml"), service("reviews"));
  assert.deepEqual(await lines.next(), { findings: [] });
});

test("what is written later takes nothing over from what was there, by its name or by a restart", async () => {
  const routed = service("reviews") + rule("reviews", ["v1", "v2"]);
  await using cp = await Running.start({
    files: { "mesh.yaml": routed + routing("reviews", "{ host: reviews, subset: v1 }") },
  });
  const losers = async () => {
    const { body } = await cp.ask("GET", "/v1/findings");
    const taken = body.findings.filter(({ code }: { code: string }) => code === "IST0109");
    return taken.map(({ object }: { object: { name: string } }) => object.name).sort();
  };
  const applied = await cp.apply(routing("b-applied", "{ host: reviews, subset: v2 }", "reviews"));
  assert.deepEqual(
    applied.body.findings.map(({ code }: { code: string }) => code),
    ["IST0109"],
  );
  writeFileSync(join(cp.config, "later.yaml"), routing("a-later", "{ host: reviews, subset: v2 }", "reviews"));
  await until(async () => (await losers()).length === 2);
  assert.deepEqual(await losers(), ["a-later", "b-applied"]);
  await cp.stop();
  await cp.startAgain({ files: {} });
  assert.deepEqual(await losers(), ["a-later", "b-applied"]);
});

test("an object that is in a file is changed there and nowhere else", async () => {
  await using cp = await Running.start({ files: { "mesh.yaml": service("reviews") } });
  const answer = await cp.apply(service("reviews", "{ name: http, port: 81 }") + service("ratings"));
  assert.deepEqual(
    answer.body.results.map(({ action }: { action: string }) => action),
    ["refused", "created"],
  );
  const [found] = answer.body.findings;
  assert.match(`${found.code}: ${found.says}`, /STOD0903: .*mesh\.yaml/);
  const gone = await cp.ask("DELETE", "/v1/objects/Service/shop/reviews");
  assert.equal(gone.status, 409);
  assert.match(gone.body.error.says, /mesh\.yaml/);
});

test("a file takes the place of what was applied, and gives it back", async () => {
  await using cp = await Running.start({ files: {} });
  await cp.apply(service("reviews"));
  const portIs = (port: number) =>
    until(async () => {
      const { body } = await cp.ask("GET", "/v1/objects?kind=Service");
      return body.objects.length === 1 && body.objects[0].spec.ports[0].port === port;
    });
  writeFileSync(join(cp.config, "mesh.yaml"), service("reviews", "{ name: http, port: 81 }"));
  await portIs(81);
  rmSync(join(cp.config, "mesh.yaml"));
  await portIs(80);
});
