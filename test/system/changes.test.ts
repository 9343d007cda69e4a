import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { appCommand, endMesh, type Mesh, startMesh, until } from "../harness/mesh.ts";

const yaml = `
name: changes
namespace: town
services:
  server:
    ports: [80:8000/http]
    command: ${appCommand}
    env: { LISTEN: 8000/http }
    versions: { v1: {}, v2: {} }
  caller:
    command: ${appCommand}
    replicas: 2
`;
const callers = ["caller-0", "caller-1"];

const subsets = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: server, namespace: town }
spec:
  host: server
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
`;

const to = (subset: string, name = "server") => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: town }
spec:
  hosts: [server]
  http:
    - route:
        - destination: { host: server, subset: ${subset} }
`;

let mesh: Mesh;
before(async () => {
  mesh = await startMesh(yaml, { "server.yaml": to("v1"), "subsets.yaml": subsets });
});
after(() => endMesh(mesh));

async function versionSeenBy(caller: string): Promise<string> {
  const answers = await mesh.app(caller).many({ url: "http://server/" }, 8);
  return [...new Set(answers.map(({ echo, error, status }) => echo?.version ?? error ?? status))].join();
}

function allSee(version: string): Promise<unknown> {
  return until(`all see ${version}`, async () => {
    const seen = await Promise.all(callers.map(versionSeenBy));
    return seen.every((one) => one === version);
  });
}

test("an edited file is live on all proxies, as is one that is taken away", async () => {
  await allSee("v1");
  mesh.room.save("server.yaml", to("v2"));
  await allSee("v2");
  mesh.room.remove("server.yaml");
  await until("both versions answer", async () => (await versionSeenBy("caller-0")).length > 2);
  mesh.room.save("server.yaml", to("v1"));
  await allSee("v1");
});

test("what was applied with --wait is live on all proxies when the command returns, and says so; history knows it", async () => {
  mesh.room.remove("server.yaml");
  for (const version of ["v2", "v1", "v2"]) {
    const { status, out, err } = await mesh.room.stodReading(to(version), "apply", "-f", "-", "--wait");
    assert.equal(status, 0, err);
    assert.match(out, /VirtualService town\/server (created|updated)\nlive on \d+ of \d+ proxies in \d+ ms\n/);
    assert.deepEqual(await Promise.all(callers.map(versionSeenBy)), [version, version]);
  }
  const again = await mesh.room.stodReading(to("v2"), "apply", "-f", "-", "--wait");
  assert.match(again.out, /unchanged/);
  const diff = await mesh.room.stodReading(to("v1"), "diff", "-f", "-");
  assert.equal(diff.status, 1);
  assert.match(diff.out, /^-.*v2/m);
  assert.match(diff.out, /^\+.*v1/m);
  assert.match((await mesh.room.stod("history", "vs", "server", "-n", "town")).out, /server/);
  const gone = await mesh.room.stod("delete", "vs", "server", "-n", "town", "--wait");
  assert.equal(gone.status, 0, gone.err);
  mesh.room.save("server.yaml", to("v1"));
  await allSee("v1");
});

/** Waits until the terminal of `stod up` says something, from where it had come to. */
async function untilTold(heard: number, says: RegExp): Promise<void> {
  const told = until("it is told", () => says.test(mesh.said.slice(heard)));
  await told.catch(() => assert.match(mesh.said.slice(heard), says));
}

/** What people get wrong; `says` is where, what and what to do. */
const mistakes: readonly [what: string, file: string, says: RegExp][] = [
  ["no YAML", `${to("v2")}  http: [{\n`, /error [A-Z]+\d+ {2}.*\(m\/mesh\/server\.yaml:\d+\)\n {2}.*YAML.*\n {2}\S/],
  [
    "an unknown field",
    to("v2").replace("route:", "rout:"),
    /error [A-Z]+\d+ {2}VirtualService town\/server {2}spec\.http\[0\]\.rout {2}\(m\/mesh\/server\.yaml:7\)\n.*rout.*\n.*route/,
  ],
  [
    "an unknown value",
    `${to("v2")}      timeout: soon\n`,
    /error [A-Z]+\d+ {2}VirtualService town\/server {2}spec\.http\[0\]\.timeout {2}\(m\/mesh\/server\.yaml:9\)\n.*duration.*\n {2}\S/,
  ],
];

for (const [what, file, says] of mistakes) {
  test(`a file that has become ${what} is told with its line, and the last good version stays in force`, async () => {
    const heard = mesh.said.length;
    mesh.room.save("server.yaml", file);
    await untilTold(heard, says);
    assert.deepEqual(await Promise.all(callers.map(versionSeenBy)), ["v1", "v1"]);
    const applied = await mesh.room.stodReading(file, "apply", "-f", "-", "--wait");
    assert.equal(applied.status, 1, applied.out);
    assert.match(applied.out + applied.err, /error [A-Z]+\d+/);
    assert.deepEqual(await Promise.all(callers.map(versionSeenBy)), ["v1", "v1"]);
    mesh.room.save("server.yaml", to("v1"));
    await until("nothing is wrong any more", async () => (await mesh.controlPlane.status()).findings.error === 0);
  });
}

test("a route to a subset that does not exist is told, and what was routed before stays in force until there is one", async () => {
  const heard = mesh.said.length;
  mesh.room.save(
    "server.yaml",
    to("v3")
      .replace(
        "    - route",
        `    - match: [{ uri: { prefix: /new } }]
      route: [{ destination: { host: server, subset: v9 } }]
    - route`,
      )
      .replace("subset: v3", "subset: v2"),
  );
  await untilTold(heard, /warning [A-Z]+\d+ {2}VirtualService town\/server {2}spec\.http\[0\].*\n.*v9.*\n.*\S/);
  assert.deepEqual(await Promise.all(callers.map(versionSeenBy)), ["v1", "v1"]);
  const before = await mesh.app("caller-0").ask("http://server/new");
  assert.deepEqual([before.status, before.echo?.version], [200, "v1"]);
  mesh.room.save("subsets.yaml", subsets.replace("subsets: [", "subsets: [{ name: v9, labels: { version: v1 } }, "));
  await allSee("v2");
  const now = await mesh.app("caller-0").ask("http://server/new");
  assert.deepEqual([now.status, now.echo?.version], [200, "v1"]);
  mesh.room.save("subsets.yaml", subsets);
  mesh.room.save("server.yaml", to("v1"));
  await allSee("v1");
});

test("of two VirtualServices for one host the older holds, and the other one is told", async () => {
  const heard = mesh.said.length;
  mesh.room.save("second.yaml", to("v2", "zweiter"));
  await untilTold(heard, /[A-Z]+\d+ {2}VirtualService town\/zweiter.*\n.*server.*\n.*\S/);
  assert.deepEqual(await Promise.all(callers.map(versionSeenBy)), ["v1", "v1"]);
  mesh.room.remove("second.yaml");
});

test("what Envoy alone finds wrong is told with the proxy and the object, and the rest goes on", async () => {
  const { status, out } = await mesh.room.stodReading(
    `${to("v1", "broken").replace("hosts: [server]", "hosts: [other.example]")}      headers: { request: { set: { "bad header": x } } }\n`,
    "apply",
    "-f",
    "-",
    "--wait",
  );
  assert.equal(status, 1, out);
  assert.match(out, /error [A-Z]+\d+ .*broken/s);
  assert.deepEqual(await Promise.all(callers.map(versionSeenBy)), ["v1", "v1"]);
});
