import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { appCommand, endMesh, type Mesh, startMesh, until } from "../harness/mesh.ts";
import type { Ask } from "../harness/mesh-app-client.ts";
import type { RemoteLoad } from "../harness/mesh-app-remote.ts";

const yaml = `
name: rollouts
namespace: town
services:
  server:
    ports: [80:8000/http, 50051:8000/grpc]
    command: ${appCommand}
    env: { LISTEN: 8000/http }
    replicas: 2
  gateway:
    gateway: true
    labels: { istio: ingressgateway }
    ports: [80/http]
  caller:
    command: ${appCommand}
  # Calls the gateway as a browser does, which knows nothing of the mesh.
  visitor:
    sidecar: false
    command: ${appCommand}
`;

const objects = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: way-in, namespace: town }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: way-in, namespace: town }
spec:
  hosts: ["*"]
  gateways: [way-in]
  http: [{ route: [{ destination: { host: server, port: { number: 80 } } }] }]
`;

/** Some take a while, so that there is always one in flight. */
const asks: readonly Ask[] = [
  { url: "http://server/" },
  { url: "http://server/?delay=300" },
  { url: "http://server/", fresh: true },
  { url: "http://server/?delay=300", http: "2" },
  { url: "http://server/", method: "POST" },
  { url: "http://server:50051/echo.Echo/Say?delay=100", http: "grpc" },
];

let mesh: Mesh;
before(async () => {
  mesh = await startMesh(yaml, { "gateway.yaml": objects });
});
after(() => endMesh(mesh));

/** What is done while requests from within the mesh and through the gateway are under way, and each is answered. */
async function underLoad(work: (loads: readonly RemoteLoad[]) => Promise<void>): Promise<void> {
  const { address } = (await mesh.workload("gateway-0")) ?? {};
  const throughGateway: Ask[] = [
    { url: `http://${address}/?delay=50` },
    { url: `http://${address}/`, fresh: true },
    { url: `http://${address}/`, http: "2" },
  ];
  const loads = [
    await mesh.app("caller-0").load(asks, { atOnce: 12, pauseMs: 10 }),
    await mesh.app("visitor-0").load(throughGateway, { atOnce: 6, pauseMs: 10 }),
  ];
  try {
    for (const load of loads) await goOn(load);
    await work(loads);
    for (const load of loads) await goOn(load);
  } finally {
    const reports = await Promise.all(loads.map((load) => load.stop()));
    for (const { bad, badCount } of reports) assert.deepEqual([badCount, bad], [0, []]);
  }
}

async function goOn(load: RemoteLoad): Promise<void> {
  const { good } = await load.look();
  await until("requests go on", async () => (await load.look()).good > good + 50);
}

async function stod(...args: string[]): Promise<void> {
  const { status, out, err } = await mesh.room.stod(...args);
  assert.equal(status, 0, out + err);
}

test("scaling a service up, and down to one, costs no request", async () => {
  await underLoad(async (loads) => {
    await stod("scale", "server=4");
    for (const load of loads)
      await until("all four answer", async () => Object.keys((await load.look()).by).length === 4);
    await stod("scale", "server=1");
    await mesh.untilReady("caller-0", "gateway-0", "server-0", "visitor-0");
  });
});

test("a rolling restart of a service costs no request, also of one with a single instance", async () => {
  for (const replicas of [1, 2]) {
    await stod("scale", `server=${replicas}`);
    const pids = async () =>
      (await mesh.workloads()).filter(({ service }) => service === "server").map(({ pid }) => pid);
    const before = await pids();
    await underLoad(() => stod("restart", "server"));
    const now = await pids();
    assert.equal(now.length, replicas);
    assert.ok(
      now.every((pid) => pid !== undefined && !before.includes(pid)),
      `${before} became ${now}`,
    );
  }
});

test("a change of stod.yaml restarts what it changes without a lost request, adds and takes away services", async () => {
  const changed = `${yaml.replace("LISTEN: 8000/http", "LISTEN: 8000/http, COLOUR: blue")}  newcomer: { command: ${appCommand} }\n`;
  await underLoad(async () => {
    mesh.room.saveMeshFile(changed);
    await mesh.untilReady("caller-0", "gateway-0", "newcomer-0", "server-0", "server-1", "visitor-0");
    await untilColour("blue");
  });
  mesh.room.saveMeshFile(yaml);
  await untilColour("");
  await mesh.untilReady("caller-0", "gateway-0", "server-0", "server-1", "visitor-0");
});

/** Waits until both instances have been started with that environment. */
async function untilColour(colour: string): Promise<void> {
  for (const instance of ["server-0", "server-1"]) {
    await until(`${instance} has the colour "${colour}"`, async () => {
      const { out, err } = await mesh.room.stod("exec", instance, "--", "sh", "-c", 'echo "<$COLOUR>"');
      return err === "" && out === `<${colour}>\n`;
    });
  }
}

const mistakes: readonly [what: string, from: string, to: string, says: RegExp][] = [
  ["no YAML", "services:", "services: {", /error STOD0701 {2}\(.*stod\.yaml:\d+\)/],
  ["an unknown field", "replicas: 2", "replica: 2", /server has no field replica\.\n\s*Did you mean replicas\?/],
  ["a service that is not there", "gateway: true", "gateway: true\n    dependsOn: [severs]", /severs.*\n.*server/],
];

for (const [what, from, to, says] of mistakes) {
  test(`a stod.yaml that has become ${what} is told, and changes nothing`, async () => {
    const before = await mesh.workloads();
    const heard = mesh.said.length;
    mesh.room.saveMeshFile(yaml.replace(from, to));
    await until("it is told", () => says.test(mesh.said.slice(heard)));
    assert.match(mesh.said.slice(heard), /The mesh stays as it was/);
    mesh.room.saveMeshFile(yaml);
    assert.deepEqual(
      (await mesh.workloads()).map(({ name, pid }) => [name, pid]),
      before.map(({ name, pid }) => [name, pid]),
    );
  });
}

test("an application that ends is started again; one that always ends is told of, and the others go on", async () => {
  const { pid } = (await mesh.workload("server-0")) ?? {};
  mesh.kill(pid, "SIGTERM");
  await until("it runs again", async () => {
    const now = await mesh.workload("server-0");
    return now?.ready === true && now.pid !== pid;
  });
  mesh.room.saveMeshFile(`${yaml}  crasher: { command: [sh, -c, "echo cannot open the database >&2; exit 3"] }\n`);
  await until("it has been tried some times", async () => ((await mesh.workload("crasher-0"))?.restarts ?? 0) >= 3);
  const status = await mesh.room.stod("status");
  assert.match(status.out, /crasher-0 .*(exit|ended|restarted|status 3)/, status.out);
  assert.match((await mesh.room.stod("logs", "crasher")).out, /cannot open the database/);
  assert.equal((await mesh.app("caller-0").ask("http://server/")).status, 200);
  mesh.room.saveMeshFile(yaml);
  await mesh.untilReady("caller-0", "gateway-0", "server-0", "server-1", "visitor-0");
});
