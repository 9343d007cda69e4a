import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { appCommand, endMesh, Mesh, MeshRoom, until } from "../harness/mesh.ts";

const yaml = `
name: explicit
namespace: town
services:
  server:
    ports: [80:8000/http, 90:9000/tcp, 91:9001]
    command: ${appCommand}
    env: { LISTEN: "8000/http 9000/tcp 9001/first" }
    readiness: { http: / }
    versions: { v1: {}, v2: {} }
  greeter:
    ports: [7000]
    command: ${appCommand}
    env: { LISTEN: 7000/first }
  caller:
    command: ${appCommand}
    dependsOn: [server, greeter]
  gateway:
    gateway: true
    labels: { istio: ingressgateway }
    ports: [80/http]
    publish: 80
`;

const objects = {
  "server.yaml": `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: server }
spec:
  host: server
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: server }
spec:
  hosts: [server]
  http:
    - match: [{ headers: { want: { exact: v2 } } }]
      route: [{ destination: { host: server, port: { number: 80 }, subset: v2 } }]
    - route: [{ destination: { host: server, port: { number: 80 }, subset: v1 } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: front }
spec:
  hosts: ["*"]
  gateways: [front]
  http: [{ route: [{ destination: { host: server, port: { number: 80 }, subset: v2 } }] }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: front }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
`,
};

let room: MeshRoom;
let mesh: Mesh;

before(async () => {
  room = new MeshRoom(yaml, objects);
  mesh = await Mesh.start(room, "--capture", "explicit");
});
after(async () => {
  if (mesh !== undefined) await endMesh(mesh);
  else room?.dispose();
});

/** The environment of the caller's application. */
async function told(): Promise<Readonly<Record<string, string>>> {
  const { out } = await room.stod("exec", "caller-0", "--", "env");
  return Object.fromEntries(out.split("\n").map((line) => line.split(/=(.*)/s) as [string, string]));
}

const fromCaller =
  /^By=spiffe:\/\/cluster\.local\/ns\/town\/sa\/server;.*;URI=spiffe:\/\/cluster\.local\/ns\/town\/sa\/caller$/;

test("a call at SERVICE_HOST arrives over mTLS with the caller's identity, and routes are heeded", async () => {
  const { SERVER_SERVICE_HOST: host, SERVER_SERVICE_PORT: port } = await told();
  for (const version of ["v1", "v2"]) {
    const { status, echo, error } = await mesh
      .app("caller-0")
      .ask(`http://${host}:${port}/`, { headers: { want: version } });
    assert.equal(status, 200, error);
    assert.equal(echo?.version, version);
    assert.match(echo?.headers["x-forwarded-client-cert"] ?? "", fromCaller);
  }
});

const clients: readonly [what: string, script: string][] = [
  ["a tunnel, as fetch asks for", `fetch(url, { headers: { want: "v2" } }).then((it) => it.text()).then(console.log)`],
  [
    "a whole URL, as proxies are asked",
    `http.get(url, { headers: { want: "v2" } }, (it) => it.pipe(process.stdout)).on("error", console.error)`,
  ],
];

for (const [what, script] of clients) {
  test(`a name is called through HTTP_PROXY: ${what}`, async () => {
    for (const url of ["http://server/", "http://server.town:80/", "http://server.town.svc.cluster.local/"]) {
      const { out, err } = await room.stod("exec", "caller", "--", "node", "-e", `const url = "${url}"; ${script}`);
      assert.match(out, /^\{/, `${url}: ${out} ${err}`);
      const { by, headers } = JSON.parse(out);
      assert.deepEqual([by, fromCaller.test(headers["x-forwarded-client-cert"])], ["server-v2-0", true], url);
    }
  });
}

test("what the mesh does not know is passed on to where the request says", async () => {
  const { ports, token } = mesh.record;
  const script = `http.get("http://localhost:${ports.api}/v1/status", { headers: { authorization: "Bearer ${token}" } },
    (it) => console.log(it.resume().statusCode, it.headers.server))`;
  const command = ["env", "NO_PROXY=", "no_proxy=", "node", "-e", script];
  const { out, err } = await room.stod("exec", "caller", "--", ...command);
  assert.equal(out, "200 envoy\n", err);
});

test("TCP is called at SERVICE_HOST, by the port of the service, whoever speaks first", async () => {
  const { SERVER_SERVICE_HOST: server = "", GREETER_SERVICE_HOST: greeter = "", GREETER_SERVICE_PORT } = await told();
  const echo = await mesh.app("caller-0").connect(server, 61_440 + 90);
  await echo.send({ text: "hello", last: true });
  assert.equal((await echo.read(5)).text, "hello");
  const greeting = await mesh.app("caller-0").connect(greeter, Number(GREETER_SERVICE_PORT));
  assert.match((await greeting.read(15)).text, /^greeter-0 here/);
  for (const open of [echo, greeting]) await open.close();
});

test("the gateway's port of this machine leads in", async () => {
  const answer = await fetch(mesh.gateway);
  assert.equal(answer.headers.get("x-by"), "server-v2-0");
});

test("instances come and go", async () => {
  const { status, err } = await room.stod("scale", "greeter=2");
  assert.equal(status, 0, err);
  await mesh.untilReady("caller-0", "gateway-0", "greeter-0", "greeter-1", "server-v1-0", "server-v2-0");
  assert.equal((await room.stod("restart", "greeter")).status, 0);
  assert.equal((await room.stod("scale", "greeter=1")).status, 0);
});

test("an application that does not heed HOST is told to", async () => {
  const script = `require("net").createServer().listen(6000, "0.0.0.0")`;
  room.saveMeshFile(`${yaml}
  careless:
    ports: [6000/tcp]
    command: [node, -e, '${script}']
`);
  const problem = await until("the problem is told", async () => (await mesh.workload("careless-0"))?.problem);
  assert.match(problem, /it could not listen.* on 127\.129\.0\.\d+, and it has to on \$HOST alone, 127\.128\.0\.\d+/);
});

/** Has an instance's application start a process that leaves its group and its parent; gives its number. */
async function setFree(instance: string): Promise<number> {
  const script = `const child = require("child_process").spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
    child.unref(); console.log(child.pid)`;
  const { out, err } = await room.stod("exec", instance, "--", "node", "-e", script);
  assert.ok(processes(room.home).includes(Number(out)), `it is there: ${out}${err}`);
  return Number(out);
}

test("an agent that is killed comes back with all that it ran, and what applications had set free is gone", async () => {
  room.saveMeshFile(yaml);
  const everyone = ["caller-0", "gateway-0", "greeter-0", "server-v1-0", "server-v2-0"];
  await mesh.untilReady(...everyone);
  const free = await setFree("greeter");
  const agent = processes(room.state).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0agent\0"));
  assert.ok(agent);
  process.kill(agent, "SIGKILL");
  await until("it is gone", () => !processes(room.home).includes(free));
  await mesh.untilReady(...everyone);
});

test("killed, it leaves no process, also none that an application has set free", async () => {
  await setFree("caller");
  const ended = new Promise((resolve) => mesh.process.once("exit", resolve));
  mesh.process.kill("SIGKILL");
  await ended;
  await until("no process is left", () => processes(room.home).length === 0);
});

/** Processes whose command or environment has the text in it. */
function processes(text: string): readonly number[] {
  const mentions = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "latin1").includes(text);
    } catch {
      return false; // It has just ended.
    }
  };
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && (mentions(pid, "environ") || mentions(pid, "cmdline")))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}
