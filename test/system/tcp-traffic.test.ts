import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { appCommand, endMesh, type Mesh, startMesh } from "../harness/mesh.ts";

const yaml = `
name: tcp
namespace: town
services:
  server:
    # Ports 9001 and 9011 speak first; nobody says what 9010, 9011 and 8010 carry.
    ports: [9000/tcp, 9001/tcp, 9010, 9011, 8010]
    command: ${appCommand}
    env: { LISTEN: "9000/tcp 9001/first 9010/tcp 9011/first 8010/http 7777/first" }
  caller:
    command: ${appCommand}
  outside:
    # Nobody has told the mesh of its ports.
    sidecar: false
    command: ${appCommand}
    env: { LISTEN: "8000/http 9000/tcp 9001/first" }
    readiness: { tcp: 8000 }
`;

let mesh: Mesh;
let addressOf: Readonly<Record<string, string>>;
before(async () => {
  mesh = await startMesh(yaml);
  addressOf = Object.fromEntries((await mesh.workloads()).map(({ name, address }) => [name, address]));
});
after(() => endMesh(mesh));

/** Longer than any of these takes on a busy machine, and shorter than what a user of a database would call a stall. */
const patienceMs = 1_000;

const places: readonly [what: string, place: string, port: number][] = [
  ["a declared port", "server", 9000],
  ["a port of which nobody says what it carries", "server", 9010],
  ["a destination that the mesh does not know", "outside-0", 9000],
];

for (const [what, place, port] of places) {
  test(`TCP on ${what} passes untouched, both ways, also when one side has ended`, async () => {
    const connection = await mesh.app("caller-0").connect(addressOf[place] ?? place, port);
    const bytes = 300_000;
    const sent = await connection.send({ bytes });
    const got = await connection.read(bytes);
    assert.deepEqual([got.received, got.sha256, got.ended, got.error], [bytes, sent, false, undefined]);
    const last = await connection.send({ text: "one more thing", last: true });
    const rest = await connection.read(Number.MAX_SAFE_INTEGER);
    assert.deepEqual([rest.text, rest.sha256, rest.ended], ["one more thing", last, true]);
  });
}

const serverFirst: readonly [what: string, place: string, port: number][] = [
  ["a declared port", "server", 9001],
  ["a port of which nobody says what it carries", "server", 9011],
  ["a port that no service names", "server-0", 7777],
  ["a destination that the mesh does not know", "outside-0", 9001],
];

for (const [what, place, port] of serverFirst) {
  test(`a server that speaks first on ${what} is heard without a stall`, async () => {
    const connection = await mesh.app("caller-0").connect(addressOf[place] ?? place, port);
    const { text, firstByteMs = Number.POSITIVE_INFINITY, error } = await connection.read(1);
    assert.match(text, / here\n$/, error);
    assert.ok(firstByteMs < patienceMs, `${firstByteMs} ms`);
    await connection.send({ text: "hello" });
    assert.equal((await connection.read(5)).text, "hello");
    await connection.close();
  });
}

test("on a port of which nobody says what it carries, HTTP is told from TCP, behind mTLS", async () => {
  for (const http of ["1.1", "2"] as const) {
    const { status, echo, error } = await mesh.app("caller-0").ask("http://server:8010/", { http });
    assert.equal(status, 200, error);
    assert.match(echo?.headers["x-forwarded-client-cert"] ?? "", /URI=spiffe:.*\/sa\/caller$/);
  }
  assert.ok((await mesh.statistic("server-0", /^listener\.0\.0\.0\.0_15006\.ssl\.handshake$/)) >= 2);
});

test("a destination that the mesh does not know is reached, as ALLOW_ANY says", async () => {
  const { status, echo, error } = await mesh.app("caller-0").ask(`http://${addressOf["outside-0"]}:8000/`);
  assert.equal(status, 200, error);
  assert.equal(echo?.by, "outside-0");
});
