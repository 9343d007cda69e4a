import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { appCommand, endMesh, type Mesh, startMesh } from "../harness/mesh.ts";

const yaml = `
name: egress
namespace: town
meshConfig: { outboundTrafficPolicy: { mode: REGISTRY_ONLY } }
services:
  server:
    ports: [80:8000/http, 9000/tcp]
    command: ${appCommand}
    env: { LISTEN: "8000/http 9000/tcp" }
  caller:
    command: ${appCommand}
  outside:
    sidecar: false
    command: ${appCommand}
    env: { LISTEN: "80/http 9000/tcp" }
    readiness: { tcp: 80 }
`;

let mesh: Mesh;
let outside: string;
before(async () => {
  mesh = await startMesh(yaml);
  outside = (await mesh.workload("outside-0"))?.address ?? "";
});
after(() => endMesh(mesh));

test("REGISTRY_ONLY: what the mesh knows is reached", async () => {
  const caller = mesh.app("caller-0");
  assert.equal((await caller.ask("http://server/")).status, 200);
  const connection = await caller.connect("server", 9000);
  await connection.send({ text: "hello" });
  assert.equal((await connection.read(5)).text, "hello");
});

test("REGISTRY_ONLY: HTTP to what the mesh does not know is answered with 502", async () => {
  const { status, echo } = await mesh.app("caller-0").ask(`http://${outside}/`);
  assert.deepEqual([status, echo], [502, undefined]);
});

test("REGISTRY_ONLY: a connection to what the mesh does not know is closed", async () => {
  const connection = await mesh.app("caller-0").connect(outside, 9000);
  await connection.send({ text: "hello" });
  const { text, ended, closed } = await connection.read(5);
  assert.deepEqual([text, ended || closed], ["", true]);
});

test("REGISTRY_ONLY: a ServiceEntry makes it known", async () => {
  await mesh.apply(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: outside, namespace: town }
spec:
  hosts: [outside.example]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: ${outside} }]
`);
  const { status, echo, error, body } = await mesh.app("caller-0").ask("http://outside.example/");
  assert.equal(status, 200, error ?? body);
  assert.equal(echo?.by, "outside-0");
});
